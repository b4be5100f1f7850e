import type { BundleManifest } from '@edgelift/bundle'
import type { Facts } from '../node/facts.ts'
import { type KnownNode, type ResolvedCloud, resolveCloud } from '../settings/cloud.ts'
import { hostInUrl, type ResolvedEdge, resolveEdge } from '../settings/edge.ts'
import type { Settings } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'

/** Settings by their names in `install.yaml`, as text: what was set, and what follows from this machine. */
export type SettingsInEffect = Readonly<Record<string, string>>

export interface InEffect {
  readonly manifest: BundleManifest
  readonly settings: Settings
  readonly facts: Facts
  /** Of an edge: its address on the way to the cloud. */
  readonly addressToCloud: string | undefined
  /** An existing cluster, and the node of it for CloudCore. */
  readonly kubeEdgeOnly: Receipt['kubeEdgeOnly']
  readonly node: KnownNode | undefined
}

/**
 * What an installation works with. Pure.
 * @throws ANSWER_NEEDED, ANSWER_INVALID as the installation itself does
 */
export function settingsInEffect(known: InEffect): SettingsInEffect {
  const { manifest, settings, facts, addressToCloud, kubeEdgeOnly, node } = known
  if (settings.role === 'edge')
    return ofEdge(resolveEdge(settings, facts, { sandboxImage: '', addressToCloud }))
  return ofCloud(resolveCloud(settings, facts, manifest.settings.k3sDisable, { node }), kubeEdgeOnly)
}

function ofCloud(settings: ResolvedCloud, kubeEdgeOnly: Receipt['kubeEdgeOnly']): SettingsInEffect {
  const { nodeName, nodeIp, advertiseAddresses, relayNodes, meshRefresh, options, k3sDisable } = settings
  const hasEdgeMesh = options.has('edgemesh')
  const relays = relayNodes.map((relay) => `${relay.nodeName}=${relay.advertiseAddress.join('+')}`)
  const others = [...options].filter((name) => name !== 'edgemesh')
  return {
    nodeName,
    nodeIp,
    advertiseAddresses: advertiseAddresses.join(', '),
    edgemesh: hasEdgeMesh ? 'yes' : 'no',
    ...(hasEdgeMesh ? { relayNodes: relays.join(', '), meshRefresh: meshRefresh ? 'yes' : 'no' } : {}),
    ...(others.length > 0 ? { options: others.join(', ') } : {}),
    ...(kubeEdgeOnly === undefined
      ? { 'k3s.disable': k3sDisable.join(', ') }
      : { kubeconfig: kubeEdgeOnly.kubeconfig }),
  }
}

function ofEdge(settings: ResolvedEdge): SettingsInEffect {
  const { cloudHost, hubPort, nodeName, nodeIp, labels, taints, containerd, options } = settings
  const labelled = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const tainted = taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`)
  return {
    cloud: `${hostInUrl(cloudHost)}:${hubPort}`,
    nodeName,
    nodeIp,
    ...(labelled.length > 0 ? { labels: labelled.join(', ') } : {}),
    ...(tainted.length > 0 ? { taints: tainted.join(', ') } : {}),
    containerd,
    ...(options.size > 0 ? { options: [...options].join(', ') } : {}),
  }
}
