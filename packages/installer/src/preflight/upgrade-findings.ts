import type { Text } from '@edgelift/core'
import { lt, major, minor, parse, valid } from 'semver'
import { launcherFor } from '../state/way-back.ts'
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

/** Programs whose stored data another minor version may not read; their own projects support no way back. */
const STORED: Readonly<Record<string, { readonly program: Text; readonly data: Text }>> = {
  k3s: {
    program: { en: 'K3s', zh: 'K3s' },
    data: { en: 'datastore', zh: '数据存储' },
  },
  kubeedge: {
    program: { en: 'KubeEdge', zh: 'KubeEdge' },
    data: { en: 'CRDs and edge databases', zh: 'CRD 与边缘数据库' },
  },
}

/** Versions that are not semver are not compared. */
function olderRelease(context: PreflightContext): Finding[] {
  const isFormer = context.facts.installed?.former === context.manifest.lock
  // On an existing cluster this is the way back from an upgrade: its datastore stays.
  if (isFormer && context.kubeEdgeOnly) return []
  const older = olderThings(context)
  const [first] = older
  if (first === undefined) return []
  const across = older.find(({ stored }) => stored !== undefined)
  const { seen, stored } = across ?? first
  return [
    {
      code: 'RELEASE_OLDER',
      severity: context.allowDowngrade && stored === undefined ? 'warning' : 'error',
      seen,
      matters:
        stored === undefined
          ? {
              en: 'older programs bring back faults that were fixed, and may not know what newer ones have written',
              zh: '旧版程序会带回已修复的问题，也可能无法识别新版写入的数据',
            }
          : {
              en: `${stored.program.en} of an older minor version may not read the ${stored.data.en} of a newer one: --allow-downgrade cannot help`,
              zh: `次版本更低的 ${stored.program.zh} 可能无法读取新版的${stored.data.zh}：--allow-downgrade 对此无效`,
            },
      fix: wayBack(context, { isFormer, isAcross: stored !== undefined }),
    },
  ]
}

/** How to get to the older release all the same. There is no rollback on an existing cluster, and none without a copy. */
function wayBack(
  { kubeEdgeOnly, facts }: PreflightContext,
  { isFormer, isAcross }: { readonly isFormer: boolean; readonly isAcross: boolean },
): Text {
  const launcher = launcherFor(kubeEdgeOnly)
  if (kubeEdgeOnly || facts.installed?.former === undefined)
    return isAcross
      ? { en: `./cleanup.sh, then ${launcher}`, zh: `请先执行 ./cleanup.sh，再执行 ${launcher}` }
      : {
          en: 'use an archive of the installed version or a newer one; --allow-downgrade installs this one all the same',
          zh: '请使用不低于已安装版本的离线包；确需降级请加 --allow-downgrade',
        }
  if (isFormer)
    return {
      en: 'to go back to it: sudo ./edgelift rollback',
      zh: '如需回退到该版本：sudo ./edgelift rollback',
    }
  return isAcross
    ? {
        en: './edgelift rollback undoes the last upgrade and restores its copy of the data; otherwise ./cleanup.sh, then ./install.sh',
        zh: './edgelift rollback 可撤销最近一次升级并恢复升级前的数据；否则请先执行 ./cleanup.sh，再执行 ./install.sh',
      }
    : {
        en: 'use an archive of the installed version or a newer one; ./edgelift rollback undoes the last upgrade; --allow-downgrade installs this one all the same',
        zh: '请使用不低于已安装版本的离线包；./edgelift rollback 可撤销最近一次升级；确需降级请加 --allow-downgrade',
      }
}

interface OlderThing {
  readonly seen: Text
  /** Where it is older by a minor version of a program that stores data. */
  readonly stored: (typeof STORED)[string] | undefined
}

/** What of this archive is older than what is installed: the release, K3s, KubeEdge. */
function olderThings({ manifest, facts, before, kubeEdgeOnly }: PreflightContext): OlderThing[] {
  const installed = facts.installed?.release
  const { name, version } = manifest.release
  const things: OlderThing[] = []
  if (installed?.name === name && isOlder(version, installed.version))
    things.push({
      seen: {
        en: `this archive is ${name} ${version}; ${installed.version} is installed`,
        zh: `离线包为 ${name} ${version}，本机已安装 ${installed.version}`,
      },
      stored: undefined,
    })
  for (const [key, program] of Object.entries(STORED)) {
    const [from, to] = [before?.versions[key], manifest.versions[key]]
    if (from === undefined || to === undefined || !isOlder(to, from)) continue
    if (key === 'k3s' && (manifest.role === 'edge' || kubeEdgeOnly)) continue
    const isAcross = major(from) !== major(to) || minor(from) !== minor(to)
    things.push({
      seen: {
        en: `${program.program.en} ${from} is installed; this archive brings ${to}`,
        zh: `本机已安装 ${program.program.zh} ${from}，离线包提供 ${to}`,
      },
      stored: isAcross ? program : undefined,
    })
  }
  return things
}

function isOlder(version: string, than: string): boolean {
  return valid(version) !== null && valid(than) !== null && lt(version, than)
}

/**
 * Kubernetes supports upgrades by one minor version at a time (kubernetes.io/releases/version-skew-policy,
 * docs.k3s.io/upgrades/manual).
 */
function kubernetesStep({ manifest, before, kubeEdgeOnly }: PreflightContext): Finding[] {
  const [from, to] = [parse(before?.versions.k3s), parse(manifest.versions.k3s)]
  if (manifest.role === 'edge' || kubeEdgeOnly || from === null || to === null || lt(to, from)) return []
  const seen = {
    en: `K3s ${from.raw} is installed; this archive brings ${to.raw}`,
    zh: `本机已安装 K3s ${from.raw}，离线包提供 ${to.raw}`,
  }
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
