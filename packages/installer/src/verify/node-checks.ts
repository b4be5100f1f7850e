import type { CommandContext } from '@edgelift/core/cli'
import { edgeRuntime } from '../containerd/runtime.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { clusterOf, type Place } from '../kube/access.ts'
import { type Cluster, tryKubectl } from '../kube/kubectl.ts'
import { type ClusterNode, chosenNode, clusterNodes } from '../kube/nodes.ts'
import { wantsEdgeMesh } from '../kubeedge/meta-server.ts'
import { versionsOnCloud, versionsOnEdge } from '../kubeedge/versions.ts'
import { HUB_PORT } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import type { Check } from './check.ts'
import { cloudChecks, edgeChecks } from './checks.ts'
import { clusterDnsCheck } from './cluster-dns.ts'
import { functionalTest } from './functional.ts'
import { explainTunnel } from './tunnel.ts'
import { versionsCheck } from './versions-check.ts'

export interface NodeChecks {
  /** Whether EdgeMesh belongs to the installation. */
  readonly edgemesh: boolean
  readonly checks: readonly Check[]
}

/** The checks of this node's role, by what was installed here. */
export async function checksOfNode(
  place: Place,
  receipt: Receipt | undefined,
  { report, signal }: Pick<CommandContext, 'report' | 'signal'>,
): Promise<NodeChecks> {
  const { host, manifest } = place
  const settings = receipt && settingsOfReceipt(receipt)
  if (manifest.role === 'edge') {
    // A metaServer that is silent says nothing about EdgeMesh: then all checks are made.
    const edgemesh = (await wantsEdgeMesh(host)) ?? true
    const hubPort = (settings?.role === 'edge' && settings.cloud?.hubPort) || HUB_PORT
    const { ctr } = await edgeRuntime(place, settings?.role === 'edge' ? settings.containerd : 'bundled')
    const cloudHost = settings?.role === 'edge' ? settings.cloud?.host : undefined
    const functional: Check =
      cloudHost === undefined
        ? clusterDnsCheck(host)
        : { ...clusterDnsCheck(host), explain: () => explainTunnel(host, cloudHost) }
    const versions = versionsCheck(() => versionsOnEdge(host, hubPort), report)
    return {
      edgemesh,
      checks: [
        ...edgeChecks({ host, manifest, ctr, hubPort, nodeName: receipt?.node.name }),
        versions,
        functional,
      ],
    }
  }
  const cluster = await clusterOf(place, receipt?.kubeEdgeOnly)
  // Of the nodes of an existing cluster only the one that CloudCore was put on holds the archive's images.
  const chosen = receipt?.kubeEdgeOnly && (await nodeOfCloudCore(place, cluster, receipt))
  const holdsImage = ({ isEdge, name }: ClusterNode) => chosen === undefined || isEdge || name === chosen
  const image = manifest.settings.testImage
  return {
    edgemesh: settings?.role !== 'cloud' || settings.edgemesh || (await hasAgent(cluster)),
    checks: [
      ...cloudChecks(cluster),
      versionsCheck(() => versionsOnCloud(cluster), report),
      ...functionalTest({ cluster, image, holdsImage, report, signal }),
    ],
  }
}

/** Whether EdgeMesh was installed by hand, though not by ./install.sh. An API that is silent does not deny it: its checks say so. */
async function hasAgent(cluster: Cluster): Promise<boolean> {
  const name = ['daemonset', 'edgemesh-agent', '-o', 'name', '--ignore-not-found']
  return (await tryKubectl(cluster, '-n', 'kubeedge', 'get', ...name)) !== ''
}

async function nodeOfCloudCore(
  { host, directory }: Place,
  cluster: Cluster,
  receipt: Receipt,
): Promise<string | undefined> {
  const facts = await gatherFacts(host, directory, receipt)
  const { nodeName } = settingsOfReceipt(receipt)
  return chosenNode((await clusterNodes(cluster)) ?? [], { ...facts, nodeName })?.node.name
}
