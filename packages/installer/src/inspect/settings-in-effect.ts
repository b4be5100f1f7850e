import { clusterOf, type Place } from '../kube/access.ts'
import { chosenNode, clusterNodes } from '../kube/nodes.ts'
import type { Facts } from '../node/facts.ts'
import { type CloudSettings, cloudSettings } from '../settings/cloud.ts'
import { type EdgeSettings, edgeSettings, hostInUrl } from '../settings/edge.ts'
import type { Answers } from '../settings/load.ts'
import type { Receipt } from '../state/receipt.ts'
import { addressTowards } from './network.ts'

/** Settings by their names in `install.yaml`, as text: what was set, and what follows from this machine. */
export type SettingsInEffect = Readonly<Record<string, string>>

/**
 * What an installation works with.
 * @throws ANSWER_NEEDED, ANSWER_INVALID as the installation itself does
 */
export async function settingsInEffect(
  place: Place,
  answers: Answers,
  facts: Facts,
  kubeEdgeOnly: Receipt['kubeEdgeOnly'],
): Promise<SettingsInEffect> {
  if (answers.role === 'edge') {
    const addressToCloud = await addressTowards(place.host, answers.cloud?.host ?? '')
    return ofEdge(edgeSettings(answers, facts, { sandboxImage: '', addressToCloud }))
  }
  const nodes =
    kubeEdgeOnly === undefined ? [] : ((await clusterNodes(await clusterOf(place, kubeEdgeOnly))) ?? [])
  const node = chosenNode(nodes, { ...facts, nodeName: answers.nodeName })?.node
  const { k3sDisable } = place.manifest.settings
  return ofCloud(cloudSettings(answers, facts, k3sDisable, { node }), kubeEdgeOnly)
}

function ofCloud(settings: CloudSettings, kubeEdgeOnly: Receipt['kubeEdgeOnly']): SettingsInEffect {
  const { nodeName, nodeIp, advertiseAddresses, relayNodes, options, k3sDisable } = settings
  const hasEdgeMesh = options.has('edgemesh')
  const relays = relayNodes.map((relay) => `${relay.nodeName}=${relay.advertiseAddress.join('+')}`)
  const others = [...options].filter((name) => name !== 'edgemesh')
  return {
    nodeName,
    nodeIp,
    advertiseAddresses: advertiseAddresses.join(', '),
    edgemesh: hasEdgeMesh ? 'yes' : 'no',
    ...(hasEdgeMesh ? { relayNodes: relays.join(', ') } : {}),
    ...(others.length > 0 ? { options: others.join(', ') } : {}),
    ...(kubeEdgeOnly === undefined
      ? { 'k3s.disable': k3sDisable.join(', ') }
      : { kubeconfig: kubeEdgeOnly.kubeconfig }),
  }
}

function ofEdge(settings: EdgeSettings): SettingsInEffect {
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
