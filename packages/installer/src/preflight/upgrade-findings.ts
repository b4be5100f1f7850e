import { lt, minor, parse, valid } from 'semver'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** What keeps this archive from taking the place of the installed release. Pure. */
export function upgradeFindings(context: PreflightContext): Finding[] {
  if (context.facts.installed?.role !== context.manifest.role) return []
  const other = otherRelease(context)
  return other.length > 0 ? other : [...olderRelease(context), ...kubernetesStep(context)]
}

/** Two releases of different names may hold anything: nothing says that one comes after the other. */
function otherRelease({ manifest, facts }: PreflightContext): Finding[] {
  const installed = facts.installed?.release
  if (installed === undefined || installed.name === manifest.release.name) return []
  const { name } = installed
  return [
    {
      code: 'RELEASE_OTHER',
      severity: 'error',
      seen: {
        en: `this archive is release ${manifest.release.name}; ${name} ${installed.version} is installed`,
        zh: `离线包为发布 ${manifest.release.name}，本机已安装 ${name} ${installed.version}`,
      },
      matters: {
        en: 'an upgrade goes from one version of a release to the next; what another release leaves out would be removed',
        zh: '升级只在同一发布的版本之间进行；另一发布中没有的组件会被移除',
      },
      fix: {
        en: `build it as the next version of ${name} (name: ${name} in the release file), or run ./cleanup.sh first`,
        zh: `请将其构建为 ${name} 的下一版本（发布清单中 name: ${name}），或先执行 ./cleanup.sh`,
      },
    },
  ]
}

/** Databases and certificates of a newer release may not be readable for an older one; versions that are not semver are not compared. */
function olderRelease({ manifest, facts, kubeEdgeOnly }: PreflightContext): Finding[] {
  const installed = facts.installed?.release
  const { name, version } = manifest.release
  if (installed?.name !== name || valid(installed.version) === null || valid(version) === null) return []
  if (!lt(version, installed.version)) return []
  // On an existing cluster this is the way back from an upgrade: its datastore stays.
  const isFormer = facts.installed?.former === manifest.lock
  if (isFormer && kubeEdgeOnly) return []
  return [
    {
      code: 'RELEASE_OLDER',
      severity: 'error',
      seen: {
        en: `this archive is ${name} ${version}; ${installed.version} is installed`,
        zh: `离线包为 ${name} ${version}，本机已安装 ${installed.version}`,
      },
      matters: {
        en: 'older programs may not read what newer ones have written, and bring back faults that were fixed',
        zh: '旧版程序可能无法读取新版写入的数据，并会带回已修复的问题',
      },
      fix: isFormer
        ? {
            en: 'to go back to it: sudo ./edgelift rollback',
            zh: '如需回退到该版本：sudo ./edgelift rollback',
          }
        : {
            en: `use an archive of ${installed.version} or newer; to go back, run ./cleanup.sh first, then ./install.sh`,
            zh: `请使用 ${installed.version} 或更新的离线包；确需回退，请先执行 ./cleanup.sh 再重新安装`,
          },
    },
  ]
}

/**
 * Kubernetes supports upgrades by one minor version at a time, and none back (kubernetes.io/releases/version-skew-policy,
 * docs.k3s.io/upgrades/manual).
 */
function kubernetesStep({ manifest, before, kubeEdgeOnly }: PreflightContext): Finding[] {
  const [from, to] = [parse(before?.versions.k3s), parse(manifest.versions.k3s)]
  if (manifest.role === 'edge' || kubeEdgeOnly || from === null || to === null) return []
  const seen = {
    en: `K3s ${from.raw} is installed; this archive brings ${to.raw}`,
    zh: `本机已安装 K3s ${from.raw}，离线包提供 ${to.raw}`,
  }
  if (lt(to, from))
    return [
      {
        code: 'RELEASE_OLDER',
        severity: 'error',
        seen,
        matters: {
          en: 'an older K3s may not read the datastore of a newer one',
          zh: '旧版 K3s 可能无法读取新版的数据存储',
        },
        fix: {
          en: `use an archive with K3s ${from.raw} or newer`,
          zh: `请使用 K3s ${from.raw} 或更新版本的离线包`,
        },
      },
    ]
  if (to.major === from.major && minor(to) - minor(from) <= 1) return []
  const next = `${from.major}.${from.minor + 1}`
  return [
    {
      code: 'K3S_MINOR_SKIPPED',
      severity: 'error',
      seen,
      matters: {
        en: 'Kubernetes is upgraded by one minor version at a time: the API server converts stored objects of the version before only',
        zh: 'Kubernetes 每次只能升级一个次版本：API server 只转换上一版本存储的对象',
      },
      fix: {
        en: `install a release with K3s ${next} first, then this one`,
        zh: `请先升级到 K3s ${next} 的版本，再使用本离线包`,
      },
    },
  ]
}
