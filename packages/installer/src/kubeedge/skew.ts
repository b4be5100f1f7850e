import type { Text } from '@edgelift/core'
import { gt, parse, type SemVer } from 'semver'
import type { ClusterVersions, EdgeVersions, SideVersions } from './versions.ts'

/** Edges that differ from their cloud in the same way: what that means, and what to do. */
export interface Skew {
  /** Whether upstream supports it. */
  readonly supported: boolean
  readonly seen: Text
  readonly matters: Text
  readonly fix: Text
}

type Kind = 'older' | 'newer' | 'mesh-older' | 'mesh-newer' | 'too-old' | 'too-new'

/** An edge may be older than its cloud by so many minor versions of KubeEdge. */
const OLDEST = 1
/** A kubelet may be older than the API server by so many minor versions, and never newer. */
const OLDEST_KUBELET = 3

/**
 * Where the versions of cloud and edges differ. For the kubelet in EdgeCore Kubernetes' version skew policy holds
 * (kubernetes.io/releases/version-skew-policy, "kubelet"). KubeEdge publishes none; its patch releases bring fixes alone
 * (CHANGELOG-1.22.md), so they go together in either order, and of minor versions the cloud has to be upgraded first.
 */
export function skews({ cloud, edges }: ClusterVersions): Skew[] {
  const kinds = new Map<Kind, EdgeVersions[]>()
  for (const edge of edges) {
    const kind = kindOf(cloud, edge)
    if (kind !== undefined) kinds.set(kind, [...(kinds.get(kind) ?? []), edge])
  }
  return [...kinds].map(([kind, found]) => ({
    supported: kind !== 'too-old' && kind !== 'too-new',
    seen: seen(kind, cloud, found),
    ...meaning(kind, cloud),
  }))
}

function kindOf(cloud: SideVersions, edge: EdgeVersions): Kind | undefined {
  const [api, kubelet] = [parse(cloud.kubernetes), parse(edge.kubernetes)]
  if (api !== null && kubelet !== null) {
    if (minors(kubelet) > minors(api)) return 'too-new'
    if (minors(api) - minors(kubelet) > OLDEST_KUBELET) return 'too-old'
  }
  const [theirs, own] = [parse(cloud.kubeedge), parse(edge.kubeedge)]
  if (theirs !== null && own !== null) {
    if (minors(own) > minors(theirs)) return 'too-new'
    if (minors(theirs) - minors(own) > OLDEST) return 'too-old'
    const order = own.compare(theirs)
    if (order !== 0) return order < 0 ? 'older' : 'newer'
  }
  if (cloud.edgemesh === undefined || edge.edgemesh === undefined) return undefined
  if (cloud.edgemesh === edge.edgemesh) return undefined
  const [agents, agent] = [parse(cloud.edgemesh), parse(edge.edgemesh)]
  return agents !== null && agent !== null && gt(agent, agents) ? 'mesh-newer' : 'mesh-older'
}

function minors({ major, minor }: SemVer): number {
  return major * 1000 + minor
}

function seen(kind: Kind, cloud: SideVersions, edges: readonly EdgeVersions[]): Text {
  const said = (one: SideVersions) => {
    const kubernetes = one.kubernetes === undefined ? '' : ` (Kubernetes ${one.kubernetes})`
    return kind.startsWith('mesh')
      ? `EdgeMesh ${one.edgemesh}`
      : `KubeEdge ${one.kubeedge ?? '?'}${kubernetes}`
  }
  const list = edges.map((edge) => `${edge.name}: ${said(edge)}`)
  return {
    en: `cloud: ${said(cloud)}; ${list.join('; ')}`,
    zh: `云端：${said(cloud)}；${list.join('；')}`,
  }
}

const EACH = {
  en: 'upgrade these edges one after the other: ./install.sh of the new edge archive on each',
  zh: '请逐个升级这些边缘节点：在各节点执行新版边缘离线包的 ./install.sh',
}
const CLOUD = { en: 'upgrade the cloud first', zh: '请先升级云端' }

function meaning(kind: Kind, { kubeedge }: SideVersions): Pick<Skew, 'matters' | 'fix'> {
  switch (kind) {
    case 'older':
      return {
        matters: {
          en: 'supported: these edges keep working with what they have until they are upgraded',
          zh: '受支持：这些边缘节点在升级前继续使用现有版本运行',
        },
        fix: EACH,
      }
    case 'newer':
    case 'mesh-newer':
      return {
        matters: {
          en: 'supported: the EdgeMesh agents of these edges are replaced when the cloud is upgraded',
          zh: '受支持：云端升级时会替换这些边缘节点上的 EdgeMesh agent',
        },
        fix: CLOUD,
      }
    case 'mesh-older':
      return {
        matters: {
          en: 'supported: each agent keeps its version until its node is upgraded',
          zh: '受支持：各 agent 在所在节点升级前保持当前版本',
        },
        fix: EACH,
      }
    case 'too-new':
      return {
        matters: {
          en: 'not supported: an edge must not be newer than its cloud by a minor version, nor its kubelet than the API server',
          zh: '不受支持：边缘不能比云端新一个次版本，其 kubelet 也不能比 API server 新',
        },
        fix: CLOUD,
      }
    case 'too-old': {
      const parsed = parse(kubeedge)
      const step = parsed === null ? '' : ` ${parsed.major}.${parsed.minor - OLDEST}`
      return {
        matters: {
          en: 'not supported: an edge may be one minor version of KubeEdge older than its cloud, its kubelet three of Kubernetes',
          zh: '不受支持：边缘最多比云端旧一个 KubeEdge 次版本，其 kubelet 最多旧三个 Kubernetes 次版本',
        },
        fix: {
          en: `upgrade the edges to KubeEdge${step} before the cloud goes further`,
          zh: `请先将边缘节点升级到 KubeEdge${step}，再升级云端`,
        },
      }
    }
  }
}
