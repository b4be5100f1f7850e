import type { Text } from '@edgelift/core'
import { coerce } from 'semver'
import type { Finding } from '../findings.ts'
import { EDGE_KUBELET, inRange, KUBEEDGE_TESTED, KUBELET_CONTAINERD, minorOf } from '../upstream-facts.ts'

/** Component versions by name, as `versions` of a release has them. A component that is not there has no rules. */
export type Versions = Readonly<Record<string, string | undefined>>

interface Rule {
  readonly needs: readonly string[]
  /** Undefined when the versions fit, or when nothing is known about them. */
  readonly check: (versions: Record<string, string>) => Omit<Finding, 'where'> | undefined
}

/**
 * Pairs of versions that upstream says do not work together, and pairs that upstream has not tested.
 */
export function checkCompatibility(versions: Versions): Finding[] {
  return RULES.flatMap((rule) => {
    const known = rule.needs.flatMap((name) => {
      const version = versions[name]
      return version === undefined || coerce(version) === null ? [] : [[name, version] as const]
    })
    if (known.length < rule.needs.length) return []
    const found = rule.check(Object.fromEntries(known))
    return found === undefined ? [] : [{ ...found, where: `versions.${rule.needs[0]}` }]
  })
}

const RULES: readonly Rule[] = [
  {
    // Kubernetes, "Version Skew Policy": a kubelet is never newer than the API server, at most three minors older.
    needs: ['kubeedge', 'k3s'],
    check: ({ kubeedge = '', k3s = '' }) => {
      const kubelet = EDGE_KUBELET[minorOf(kubeedge) ?? '']
      if (kubelet === undefined) return undefined
      const skew = (coerce(k3s)?.minor ?? 0) - (coerce(kubelet)?.minor ?? 0)
      if (skew >= 0 && skew <= 3) return undefined
      return incompatible({
        en: `KubeEdge ${kubeedge} carries the kubelet of Kubernetes ${kubelet}, and K3s ${k3s} is ${Math.abs(skew)} minor version${Math.abs(skew) === 1 ? '' : 's'} ${skew < 0 ? 'older' : 'newer'}; Kubernetes allows 0 to 3 newer (version skew policy)`,
        zh: `KubeEdge ${kubeedge} 内置 Kubernetes ${kubelet} 的 kubelet，而 K3s ${k3s} 比它${skew < 0 ? '旧' : '新'} ${Math.abs(skew)} 个次版本；Kubernetes 只允许新 0 至 3 个（版本偏差策略）`,
      })
    },
  },
  {
    // KubeEdge, README.md, "Kubernetes compatibility".
    needs: ['kubeedge', 'k3s'],
    check: ({ kubeedge = '', k3s = '' }) => {
      const tested = KUBEEDGE_TESTED[minorOf(kubeedge) ?? '']
      if (tested === undefined || inRange(k3s, tested) !== false) return undefined
      return untested({
        en: `KubeEdge ${kubeedge} is tested by upstream with Kubernetes ${tested} (README.md), not with K3s ${k3s}: try your own work on it before you rely on it`,
        zh: `KubeEdge ${kubeedge} 的上游测试矩阵为 Kubernetes ${tested}（README.md），不含 K3s ${k3s}：使用前请自行验证`,
      })
    },
  },
  {
    // containerd, RELEASES.md, "Kubernetes Support"; the edge's kubelet is the one inside of edgecore.
    needs: ['kubeedge', 'containerd'],
    check: ({ kubeedge = '', containerd = '' }) => {
      const kubelet = EDGE_KUBELET[minorOf(kubeedge) ?? ''] ?? ''
      const range = KUBELET_CONTAINERD[kubelet]
      if (range === undefined || inRange(containerd, range) !== false) return undefined
      return incompatible({
        en: `the kubelet ${kubelet} of KubeEdge ${kubeedge} needs containerd ${range} (RELEASES.md of containerd), not ${containerd}`,
        zh: `KubeEdge ${kubeedge} 的 kubelet ${kubelet} 需要 containerd ${range}（containerd 的 RELEASES.md），而不是 ${containerd}`,
      })
    },
  },
  {
    // KubeEdge, docs/setup/prerequisites/runtime: CRI v1 only, from 1.15 on.
    needs: ['kubeedge', 'containerd'],
    check: ({ kubeedge = '', containerd = '' }) => {
      if (inRange(kubeedge, '>=1.15.0') !== true || inRange(containerd, '>=1.6.0') !== false) return undefined
      return incompatible({
        en: `KubeEdge ${kubeedge} needs containerd 1.6 or newer (CRI v1), not ${containerd}`,
        zh: `KubeEdge ${kubeedge} 需要 containerd 1.6 或更新版本（CRI v1），而不是 ${containerd}`,
      })
    },
  },
  {
    // EdgeMesh, docs/guide/README.md, "Prerequisites": metaServer exists since KubeEdge 1.7.
    needs: ['edgemesh', 'kubeedge'],
    check: ({ edgemesh = '', kubeedge = '' }) => {
      if (inRange(kubeedge, '>=1.7.0') !== false) return undefined
      return incompatible({
        en: `EdgeMesh ${edgemesh} needs KubeEdge 1.7 or newer (docs/guide), not ${kubeedge}`,
        zh: `EdgeMesh ${edgemesh} 需要 KubeEdge 1.7 或更新版本（docs/guide），而不是 ${kubeedge}`,
      })
    },
  },
  {
    // Helm, "Helm 3 end of life": no fixes after November 2026.
    needs: ['helm'],
    check: ({ helm = '' }) => {
      if (inRange(helm, '>=4.0.0') !== false) return undefined
      return untested({
        en: `Helm ${helm} gets no security fixes any more: its line reached its end of life in November 2026`,
        zh: `Helm ${helm} 所在版本线已于 2026 年 11 月终止维护，不再有安全修复`,
      })
    },
  },
  {
    // package.json, "engines": what the installer is tested with.
    needs: ['node'],
    check: ({ node = '' }) => {
      if (inRange(node, '>=20.20.0') !== false) return undefined
      return incompatible({
        en: `the installer needs Node 20.20 or newer as its runtime, not ${node}`,
        zh: `安装程序的运行时需要 Node 20.20 或更新版本，而不是 ${node}`,
      })
    },
  },
]

function incompatible(text: Text): Omit<Finding, 'where'> {
  return { severity: 'error', code: 'INCOMPATIBLE', text }
}

function untested(text: Text): Omit<Finding, 'where'> {
  return { severity: 'warning', code: 'UNTESTED', text }
}
