import type { BundleManifest } from '@edgelift/bundle'
import type { Answers } from '../answers/load.ts'
import type { Facts } from '../facts/facts.ts'
import type { Finding } from './finding.ts'

/** Lets an archive with stand-ins be installed on test nodes. */
export const ALLOW_STAND_INS = 'EDGELIFT_ALLOW_STAND_INS'

export interface BundleContext {
  readonly manifest: BundleManifest
  readonly answers: Answers
  readonly facts: Facts
  readonly allowStandIns: boolean
}

/** What does not go together: this archive, these answers, and what is on the machine already. Pure. */
export function bundleFindings(context: BundleContext): Finding[] {
  return [...standIns(context), ...options(context), ...present(context), ...noexec(context)]
}

function standIns({ manifest, allowStandIns }: BundleContext): Finding[] {
  if (manifest.standIns.length === 0) return []
  const list = `${manifest.standIns.slice(0, 5).join(', ')}${manifest.standIns.length > 5 ? ', …' : ''}`
  return [
    {
      code: 'STAND_INS',
      severity: allowStandIns ? 'warning' : 'error',
      seen: {
        en: `${manifest.standIns.length} stand-ins: ${list}`,
        zh: `${manifest.standIns.length} 个替身文件：${list}`,
      },
      matters: {
        en: 'the archive was built from the embedded upstream for a trial; these do nothing',
        zh: '此归档由内置模拟上游构建，仅供试用，这些文件没有实际功能',
      },
      cure: { en: 'build it from the real upstream: edgelift build', zh: '请用真实上游构建：edgelift build' },
    },
  ]
}

function options({ manifest, answers }: BundleContext): Finding[] {
  const known = new Set(manifest.options.map((option) => option.name))
  return answers.options
    .filter((name) => !known.has(name))
    .map((name) => ({
      code: 'OPTION_UNKNOWN',
      severity: 'error',
      seen: { en: `option "${name}" is not in this archive`, zh: `归档中没有可选组件 "${name}"` },
      matters: { en: 'its images could not be pulled offline', zh: '离线时无法拉取其镜像' },
      cure: {
        en: `options are: ${[...known].sort().join(', ')}`,
        zh: `可选组件：${[...known].sort().join('、')}`,
      },
    }))
}

/** K3s and KubeEdge's edge share /var/lib/kubelet: cleaning up one destroys the other. */
function present({ manifest, answers, facts }: BundleContext): Finding[] {
  const ours = facts.files['/var/lib/edgelift/receipt.json'] === true
  const findings: Finding[] = []
  const refuse = (what: string, cure: { en: string; zh: string }) =>
    findings.push({
      code: 'ALREADY_PRESENT',
      severity: 'error',
      seen: {
        en: `${what} is here already, not by edgelift`,
        zh: `本机已有 ${what}，且不是由 edgelift 安装`,
      },
      matters: {
        en: 'both would fight for the same ports, files and containers',
        zh: '两者会争用相同的端口、文件和容器',
      },
      cure,
    })
  const foreign = ours
    ? []
    : Object.entries(facts.units).flatMap(([unit, state]) => (state === 'absent' ? [] : [unit]))
  const remove = { en: 'remove it first, or use another machine', zh: '请先卸载，或换一台机器' }
  if (manifest.role === 'cloud') {
    if (foreign.includes('k3s.service')) {
      refuse('K3s', {
        en: './install-kubeedge-only.sh installs KubeEdge on it; or uninstall K3s first',
        zh: '可用 ./install-kubeedge-only.sh 在其上安装 KubeEdge；或先卸载 K3s',
      })
    }
    for (const unit of ['k3s-agent.service', 'kubelet.service', 'edgecore.service'])
      if (foreign.includes(unit)) refuse(unit, remove)
  } else {
    for (const unit of ['k3s.service', 'k3s-agent.service', 'kubelet.service', 'edgecore.service'])
      if (foreign.includes(unit)) refuse(unit, remove)
    if (answers.role === 'edge' && answers.containerd === 'bundled') {
      for (const unit of ['containerd.service', 'docker.service']) {
        if (foreign.includes(unit)) {
          refuse(unit, {
            en: 'answer containerd: existing, or remove it',
            zh: '请设置 containerd: existing，或将其卸载',
          })
        }
      }
    }
  }
  return findings
}

function noexec({ facts }: BundleContext): Finding[] {
  if (!facts.directoryOptions.includes('noexec')) return []
  return [
    {
      code: 'DIRECTORY_NOEXEC',
      severity: 'error',
      seen: {
        en: 'this directory is on a file system mounted noexec',
        zh: '本目录所在文件系统以 noexec 挂载',
      },
      matters: { en: 'the programs of the archive cannot be started', zh: '无法运行归档中的程序' },
      cure: { en: 'move the directory to another file system', zh: '请将目录移到其他文件系统' },
    },
  ]
}
