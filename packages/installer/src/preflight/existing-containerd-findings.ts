import { joinTexts, same, type Text } from '@edgelift/core'
import type { HostCni } from '../containerd/cni.ts'
import { type ExistingContainerd, honoursPins, isOlder, OLDEST } from '../containerd/existing.ts'
import type { Finding } from './finding.ts'

/** What about an existing containerd refuses an edge, and what will be changed in its configuration. Pure. */
export function existingContainerdFindings(
  found: ExistingContainerd | undefined,
  cni: HostCni | undefined,
): Finding[] {
  if (found === undefined) return [noContainerd()]
  return [...version(found), ...runc(found), ...config(found), ...network(cni)]
}

function noContainerd(): Finding {
  return {
    code: 'CONTAINERD_MISSING',
    severity: 'error',
    seen: {
      en: 'containerd: existing was answered, and there is no containerd.service here',
      zh: '参数为 containerd: existing，但本机没有 containerd.service',
    },
    matters: { en: 'pods run in it', zh: 'Pod 需要在其中运行' },
    fix: {
      en: "answer containerd: bundled to use the archive's own, or install containerd first",
      zh: '改为 containerd: bundled 使用离线包自带的 containerd，或先安装 containerd',
    },
  }
}

function version({ version: own, program }: ExistingContainerd): Finding[] {
  const text = own.join('.')
  if (isOlder(own, OLDEST)) {
    return [
      {
        code: 'CONTAINERD_TOO_OLD',
        severity: 'error',
        seen: { en: `${program} is ${text}`, zh: `${program} 版本为 ${text}` },
        matters: {
          en: `KubeEdge speaks CRI v1, which came with containerd ${OLDEST.join('.')}`,
          zh: `KubeEdge 使用 CRI v1，需要 containerd ${OLDEST.join('.')} 及以上`,
        },
        fix: { en: 'update it, or answer containerd: bundled', zh: '请升级，或改为 containerd: bundled' },
      },
    ]
  }
  if (honoursPins(own)) return []
  return [
    {
      code: 'IMAGES_NOT_COLLECTED',
      severity: 'note',
      seen: {
        en: `containerd ${text} does not tell of pinned images`,
        zh: `containerd ${text} 不支持镜像固定`,
      },
      matters: {
        en: 'the kubelet would remove images that cannot be pulled again, so its image collection is switched off (imageGCHighThresholdPercent: 100)',
        zh: 'kubelet 可能清理掉离线环境无法重新拉取的镜像，因此会关闭其镜像垃圾回收（imageGCHighThresholdPercent: 100）',
      },
      fix: { en: 'containerd 1.6.26, 1.7.11 or newer does', zh: '1.6.26、1.7.11 及更新版本支持' },
    },
  ]
}

function runc({ runc: program, plan, effective }: ExistingContainerd): Finding[] {
  if (program !== undefined) return []
  const name = (plan.kind === 'by-hand' ? effective : plan.effective)?.runtimeProgram || 'runc'
  return [
    {
      code: 'RUNC_MISSING',
      severity: 'error',
      seen: {
        en: `containerd would start containers with ${name}, which is not here`,
        zh: `containerd 需要 ${name}，但本机没有`,
      },
      matters: { en: 'no container starts without it', zh: '没有它无法启动任何容器' },
      fix: {
        en: 'install runc, or answer containerd: bundled',
        zh: '请安装 runc，或改为 containerd: bundled',
      },
    },
  ]
}

function config({ plan, configFile }: ExistingContainerd): Finding[] {
  if (plan.kind === 'right') return []
  const settings: Text = joinTexts(plan.changes.map(same), '; ')
  if (plan.kind === 'change') {
    return [
      {
        code: 'CONTAINERD_CONFIG_CHANGES',
        severity: 'note',
        seen: {
          en: `${configFile} will be changed: ${settings.en}`,
          zh: `将修改 ${configFile}：${settings.zh}`,
        },
        matters: {
          en: "offline, pods need the archive's sandbox image; kubelet and containerd must use one cgroup driver",
          zh: '离线时 Pod 需要离线包中的 sandbox 镜像；kubelet 与 containerd 的 cgroup 驱动必须一致',
        },
        fix: {
          en: 'nothing to do: a copy is kept, containerd is restarted once, ./cleanup.sh puts the file back',
          zh: '无需处理：会保留备份并重启一次 containerd，./cleanup.sh 会还原该文件',
        },
      },
    ]
  }
  return [
    {
      code: 'CONTAINERD_CONFIG_BY_HAND',
      severity: 'error',
      seen: {
        en: `${configFile} cannot be changed with certainty: ${plan.why}`,
        zh: `无法可靠地修改 ${configFile}：${plan.why}`,
      },
      matters: {
        en: 'without these settings no pod starts offline',
        zh: '缺少这些设置，离线时 Pod 无法启动',
      },
      fix: {
        en: `set them yourself and restart containerd: ${settings.en}`,
        zh: `请自行设置并重启 containerd：${settings.zh}`,
      },
    },
  ]
}

function network(cni: HostCni | undefined): Finding[] {
  if (cni === undefined) return []
  const missing = cni.missing.join(', ')
  const findings: Finding[] = []
  if (missing !== '') {
    findings.push({
      code: 'CNI_PLUGIN_MISSING',
      severity: 'error',
      seen: {
        en: `${cni.own} names CNI plugins that are not here: ${missing}`,
        zh: `${cni.own} 所用的 CNI 插件不存在：${missing}`,
      },
      matters: { en: 'the node stays NotReady', zh: '节点将一直处于 NotReady' },
      fix: { en: 'install them, or move that file away', zh: '请安装这些插件，或移走该文件' },
    })
  }
  if (cni.own !== undefined) {
    findings.push({
      code: 'CNI_CONFIG_KEPT',
      severity: 'note',
      seen: { en: `the pods' network is that of ${cni.own}`, zh: `Pod 网络沿用 ${cni.own}` },
      matters: { en: 'none is written beside it', zh: '不会另外写入 CNI 配置' },
      fix: { en: 'nothing to do', zh: '无需处理' },
    })
  }
  return findings
}
