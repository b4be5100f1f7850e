import { same, shellWord, type Text } from '@edgelift/core'
import type { HostCni } from '../containerd/cni.ts'
import { type ExistingContainerd, honoursPins, isOlder, OLDEST } from '../containerd/existing.ts'
import type { Unheard } from '../node/facts.ts'
import type { Finding } from './finding.ts'
import { notChecked } from './not-checked.ts'

/** What about an existing containerd refuses an edge, and what will be changed in its configuration. Pure. */
export function existingContainerdFindings(
  found: ExistingContainerd | undefined,
  cni: HostCni | undefined,
  silent?: Unheard,
): Finding[] {
  if (silent !== undefined) return [unknownContainerd(silent)]
  if (found === undefined) return [noContainerd()]
  return [...version(found), ...runc(found), ...config(found), ...network(cni)]
}

function unknownContainerd(silent: Unheard): Finding {
  const what = { en: 'about the existing containerd', zh: '本机已有的 containerd' }
  return notChecked(silent, { severity: 'error', what, matters: POD_HOST })
}

const POD_HOST = { en: 'pods would run in it', zh: 'Pod 需要在其中运行' }

function noContainerd(): Finding {
  return {
    code: 'CONTAINERD_MISSING',
    severity: 'error',
    seen: {
      en: 'containerd is set to existing, but no containerd.service was found whose program tells its version',
      zh: '参数为 containerd: existing，但未找到能返回版本的 containerd.service',
    },
    matters: POD_HOST,
    fix: {
      en: "set containerd: bundled to use the archive's, or install containerd first",
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
          en: `KubeEdge needs CRI v1, which containerd has since ${OLDEST.join('.')}`,
          zh: `KubeEdge 使用 CRI v1，需要 containerd ${OLDEST.join('.')} 及以上`,
        },
        fix: { en: 'update it, or set containerd: bundled', zh: '请升级，或改为 containerd: bundled' },
      },
    ]
  }
  if (honoursPins(own)) return []
  return [
    {
      code: 'IMAGES_NOT_COLLECTED',
      severity: 'note',
      seen: {
        en: `containerd ${text} does not report pinned images`,
        zh: `containerd ${text} 不支持镜像固定`,
      },
      matters: {
        en: 'the kubelet would remove images that cannot be pulled again, so its image garbage collection is switched off (imageGCHighThresholdPercent: 100)',
        zh: 'kubelet 可能清理掉离线环境无法重新拉取的镜像，因此会关闭其镜像垃圾回收（imageGCHighThresholdPercent: 100）',
      },
      fix: { en: 'containerd 1.6.26, 1.7.11 and newer report them', zh: '1.6.26、1.7.11 及更新版本支持' },
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
        en: `containerd starts containers with ${name}, which is missing`,
        zh: `containerd 需要 ${name}，但本机没有`,
      },
      matters: { en: 'no container starts without it', zh: '没有它无法启动任何容器' },
      fix: {
        en: 'install runc, or set containerd: bundled',
        zh: '请安装 runc，或改为 containerd: bundled',
      },
    },
  ]
}

function config({ plan, configFile, program }: ExistingContainerd): Finding[] {
  if (plan.kind === 'right') return []
  const settings: Text = same(plan.changes.join('; '))
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
          en: "pods need the archive's sandbox image offline; kubelet and containerd must use the same cgroup driver",
          zh: '离线时 Pod 需要离线包中的 sandbox 镜像；kubelet 与 containerd 的 cgroup 驱动必须一致',
        },
        fix: {
          en: 'nothing to do: a copy is kept, containerd restarts once, ./cleanup.sh restores the file',
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
        en: `cannot change ${configFile} reliably: ${plan.why.en}`,
        zh: `无法可靠地修改 ${configFile}：${plan.why.zh}`,
      },
      matters: {
        en: 'without these settings no pod starts offline',
        zh: '缺少这些设置，离线时 Pod 无法启动',
      },
      fix:
        plan.changes.length === 0
          ? {
              en: `correct the file; what containerd says of it: ${shellWord(program)} -c ${shellWord(configFile)} config dump`,
              zh: `请修正该文件；containerd 对它的报告：${shellWord(program)} -c ${shellWord(configFile)} config dump`,
            }
          : {
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
        en: `${cni.own} names missing CNI plugins: ${missing}`,
        zh: `${cni.own} 所用的 CNI 插件不存在：${missing}`,
      },
      matters: { en: 'the node stays NotReady', zh: '节点将一直处于 NotReady' },
      fix: { en: 'install them, or move that file away', zh: '请安装这些插件，或移走该文件' },
    })
  }
  if (cni.isUnread) {
    findings.push({
      code: 'NOT_CHECKED',
      severity: 'warning',
      seen: {
        en: `could not find out which CNI plugins ${cni.own} names: it is no CNI configuration in JSON`,
        zh: `无法检查 ${cni.own} 所用的 CNI 插件：它不是 JSON 格式的 CNI 配置`,
      },
      matters: { en: 'the node stays NotReady', zh: '节点将一直处于 NotReady' },
      fix: { en: 'correct that file, or move it away', zh: '请修正该文件，或将其移走' },
    })
  }
  if (cni.own !== undefined) {
    findings.push({
      code: 'CNI_CONFIG_KEPT',
      severity: 'note',
      seen: { en: `pods use the network of ${cni.own}`, zh: `Pod 网络沿用 ${cni.own}` },
      matters: { en: 'no other is written', zh: '不会另外写入 CNI 配置' },
      fix: { en: 'nothing to do', zh: '无需处理' },
    })
  }
  return findings
}
