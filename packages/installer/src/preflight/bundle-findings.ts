import path from 'node:path'
import { counted } from '@edgelift/core'
import { CONFLIST_FILE } from '../containerd/files.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** Lets an archive with placeholders be installed on test nodes; the second name is the variable's former one. */
const ALLOW_PLACEHOLDERS = ['EDGELIFT_ALLOW_PLACEHOLDERS', 'EDGELIFT_ALLOW_STAND_INS']

export function allowsPlaceholders(env: Readonly<Record<string, string | undefined>>): boolean {
  return ALLOW_PLACEHOLDERS.some((name) => env[name] === '1')
}

/** What does not go together: this archive and what is on the machine already. Pure. */
export function bundleFindings(context: PreflightContext): Finding[] {
  return [
    ...placeholders(context),
    ...otherRole(context),
    ...present(context),
    ...beside(context),
    ...networks(context),
  ]
}

function placeholders({ manifest, allowPlaceholders }: PreflightContext): Finding[] {
  if (manifest.placeholders.length === 0) return []
  const list = `${manifest.placeholders.slice(0, 5).join(', ')}${manifest.placeholders.length > 5 ? ', …' : ''}`
  return [
    {
      code: 'PLACEHOLDERS',
      severity: allowPlaceholders ? 'warning' : 'error',
      seen: {
        en: `${counted(manifest.placeholders.length, 'placeholder')}: ${list}`,
        zh: `${manifest.placeholders.length} 个占位文件：${list}`,
      },
      matters: {
        en: 'the archive was built from the embedded upstream, for trials only: these files do nothing',
        zh: '此离线包由内置模拟上游构建，仅供试用，这些文件没有实际功能',
      },
      fix: {
        en: 'build the archive from the real upstream: edgelift build',
        zh: '请用真实上游构建：edgelift build',
      },
    },
  ]
}

function otherRole({ manifest, facts }: PreflightContext): Finding[] {
  const { installed } = facts
  if (installed === undefined || installed.role === manifest.role) return []
  return [
    {
      code: 'OTHER_ROLE',
      severity: 'error',
      seen: {
        en: `this machine was installed as ${installed.role}, from ${installed.bundle}`,
        zh: `本机已安装为 ${installed.role} 角色（${installed.bundle}）`,
      },
      matters: {
        en: 'cloud and edge use the same ports and /var/lib/kubelet: they cannot share a machine',
        zh: '云端与边缘共用 /var/lib/kubelet 和端口，不能装在同一台机器上',
      },
      fix: {
        en: `use another machine, or run ./cleanup.sh of the ${installed.role} archive first`,
        zh: `请换一台机器，或先执行 ${installed.role} 离线包中的 ./cleanup.sh`,
      },
    },
  ]
}

const REMOVE = { en: 'remove it first, or use another machine', zh: '请先卸载，或换一台机器' }

/** K3s and KubeEdge's edge share /var/lib/kubelet: cleaning up one destroys the other. */
function present({ manifest, settings, facts, kubeEdgeOnly }: PreflightContext): Finding[] {
  if (facts.installed !== undefined || kubeEdgeOnly) return []
  const findings: Finding[] = []
  const refuse = (what: string, fix: Finding['fix'] = REMOVE) =>
    findings.push({
      code: 'ALREADY_PRESENT',
      severity: 'error',
      seen: {
        en: `${what} is installed already, but not by edgelift`,
        zh: `本机已有 ${what}，且不是由 edgelift 安装`,
      },
      matters: {
        en: 'both would use the same ports, files and containers',
        zh: '两者会争用相同的端口、文件和容器',
      },
      fix,
    })
  const runs = (unit: string) => ['active', 'enabled'].includes(facts.units[unit] ?? 'absent')
  const onK3s = {
    en: './install-kubeedge-only.sh installs KubeEdge on it; or uninstall K3s first: k3s-uninstall.sh',
    zh: '可用 ./install-kubeedge-only.sh 在其上安装 KubeEdge；或先卸载 K3s：k3s-uninstall.sh',
  }
  if (runs('k3s.service')) refuse('K3s', manifest.role === 'cloud' ? onK3s : REMOVE)
  if (runs('kubelet.service') || facts.files['/etc/kubernetes/kubelet.conf'] === true) {
    refuse(
      'a kubelet',
      manifest.role === 'cloud'
        ? {
            en: './install-kubeedge-only.sh installs KubeEdge on its cluster; or: kubeadm reset',
            zh: '可用 ./install-kubeedge-only.sh 在其集群上安装 KubeEdge；或执行 kubeadm reset',
          }
        : REMOVE,
    )
  }
  for (const unit of ['k3s-agent.service', 'edgecore.service', 'cloudcore.service'])
    if (runs(unit)) refuse(unit)
  if (facts.joined && !runs('edgecore.service')) {
    refuse('a certificate of KubeEdge (/etc/kubeedge/certs)', {
      en: 'remove what an earlier join left: keadm reset edge, or rm -r /etc/kubeedge /var/lib/kubeedge',
      zh: '这是以前加入集群时的残留：执行 keadm reset edge，或 rm -r /etc/kubeedge /var/lib/kubeedge',
    })
  }
  if (settings.role === 'edge' && settings.containerd === 'bundled') {
    const existing = {
      en: 'use it with ./install.sh --containerd existing, or remove it',
      zh: './install.sh --containerd existing 使用本机已有的 containerd；或将其卸载',
    }
    const unit = ['containerd.service', 'docker.service'].find(runs)
    if (unit !== undefined) refuse(unit, existing)
    else if (facts.files['/run/containerd/containerd.sock'] === true) refuse('a running containerd', existing)
  }
  return findings
}

/** K3s brings a containerd of its own. */
function beside({ manifest, facts, kubeEdgeOnly }: PreflightContext): Finding[] {
  if (manifest.role !== 'cloud' || kubeEdgeOnly) return []
  const found = ['docker.service', 'containerd.service'].filter((unit) => facts.units[unit] === 'active')
  if (found.length === 0) return []
  return [
    {
      code: 'RUNTIME_BESIDE',
      severity: 'note',
      seen: { en: `${found.join(' and ')} run on this machine`, zh: `本机正在运行 ${found.join('、')}` },
      matters: {
        en: "K3s brings its own containerd; neither sees the other's images",
        zh: 'K3s 自带 containerd，不会改动现有的：两者的镜像互不可见',
      },
      fix: { en: 'nothing to do', zh: '无需处理' },
    },
  ]
}

/** containerd takes the first file by name for all pods; the bundled one is to find ours. */
function networks({ settings, facts }: PreflightContext): Finding[] {
  const foreign = facts.cni
  if (settings.role === 'cloud' || settings.containerd === 'existing') return []
  if (facts.installed !== undefined || foreign.length === 0) return []
  const own = path.basename(CONFLIST_FILE.to)
  const isFirst = foreign.some((name) => name < own)
  return [
    {
      code: 'CNI_PRESENT',
      severity: isFirst ? 'error' : 'warning',
      seen: {
        en: `/etc/cni/net.d contains ${foreign.join(', ')}`,
        zh: `/etc/cni/net.d 中已有 ${foreign.join('、')}`,
      },
      matters: isFirst
        ? {
            en: `containerd uses the first file by name for all pods, and ${own} comes later`,
            zh: `containerd 按文件名取第一个用于所有 Pod，而 ${own} 排在后面`,
          }
        : {
            en: `containerd uses the first file by name: that will be ${own}`,
            zh: `containerd 按文件名取第一个：将是 ${own}`,
          },
      fix: {
        en: 'move unused files away: mkdir /root/cni; mv /etc/cni/net.d/* /root/cni',
        zh: '请移走不再使用的配置：mkdir /root/cni; mv /etc/cni/net.d/* /root/cni',
      },
    },
  ]
}
