import { applies, type BundleImage, type Choice } from '@edgelift/bundle'
import { z } from 'zod'
import { CONTAINERD_SOCKETS, type Ctr } from '../containerd/ctr.ts'
import { serverVersionIn } from '../containerd/ctr-client.ts'
import { parseVersion } from '../containerd/existing.ts'
import { clusterOf, type Place, programOf } from '../kube/access.ts'
import { releaseOf } from '../kube/helm.ts'
import { type KubeconfigFault, kubeconfigFault } from '../kube/kubeconfig-fault.ts'
import { type Cluster, get } from '../kube/kubectl.ts'
import { listOf } from '../kube/list.ts'
import { type ClusterNode, chosenNode, clusterNodes } from '../kube/nodes.ts'
import { cloudCoreChart } from '../kubeedge/hub-certificate.ts'
import type { Facts, Unheard } from '../node/facts.ts'
import { existsOnHost, type Host, readHostFile } from '../node/host.ts'
import { hear } from '../node/look.ts'
import { cloudChoice } from '../settings/cloud.ts'
import type { CloudSettings } from '../settings/schema.ts'

/** An existing cluster, as far as KubeEdge's part asks for it (G29). */
export interface ExistingCluster {
  readonly cluster: Cluster
  /** What keeps its kubeconfig from being used; the cluster is not asked then. */
  readonly fault: KubeconfigFault | undefined
  /** Undefined when its API does not answer. */
  readonly nodes: readonly ClusterNode[] | undefined
  /** The node for CloudCore. */
  readonly node: ClusterNode | undefined
  /** Its containerd; undefined when that node is another machine, or runs no containerd. */
  readonly runtime: { readonly ctr: Ctr; readonly socket: string } | undefined
  /** What the chosen charts and the functional test ask for. */
  readonly images: readonly BundleImage[]
  /** Why its containerd is not known although it is on this machine: one did not respond that may be the kubelet's. */
  readonly silent: Unheard | undefined
  /** Those of the images that the node's kubelet does not report. */
  readonly missing: readonly string[]
  /** A release of CloudCore that edgelift did not install. */
  readonly otherCloudCore: boolean
  /** DaemonSets whose pods would also be put on edge nodes; undefined when the API does not list them. */
  readonly daemonSets: readonly string[] | undefined
  /** Whether kubectl logs and exec to edges need a change of the cluster's own settings; undefined: not known. */
  readonly logsToEdges: 'k3s-changes' | 'works' | 'unknown'
}

/** Looks at a cluster; changes nothing. */
export async function existingCluster(
  place: Place,
  kubeconfig: string,
  { settings, facts }: { readonly settings: CloudSettings; readonly facts: Facts },
): Promise<ExistingCluster> {
  const { host, manifest } = place
  const cluster = await clusterOf(place, { kubeconfig })
  const fault = await kubeconfigFault(host, kubeconfig)
  const nodes = fault === undefined ? await clusterNodes(cluster) : undefined
  const found = nodes && chosenNode(nodes, { ...facts, nodeName: settings.nodeName })
  const { runtime, silent } = found?.isHere ? await runtimeOf(place, found.node) : NO_RUNTIME
  const choice: Choice =
    found === undefined ? { options: new Set(), facts: new Set() } : cloudChoice(settings, facts)
  const images = neededImages(manifest.images, choice)
  const references = images.map(({ reference }) => reference)
  const missing = references.filter((reference) => found?.node.images.has(reference) !== true)
  const cloudcore = cloudCoreChart(manifest.charts)
  const release =
    nodes === undefined || cloudcore === undefined ? undefined : await releaseOf(place, cluster, cloudcore)
  return {
    cluster,
    fault,
    nodes,
    node: found?.node,
    runtime,
    silent,
    images,
    missing,
    otherCloudCore: release !== undefined && !release.ours,
    daemonSets: nodes === undefined ? [] : await daemonSetsOnEdges(cluster),
    logsToEdges: await logsToEdges(host, found?.node),
  }
}

/** The images that K3s itself asks for are the cluster's own affair. */
export function neededImages(images: readonly BundleImage[], choice: Choice): BundleImage[] {
  return images.filter(({ neededBy }) =>
    neededBy.some(({ kind, when }) => kind !== 'list' && kind !== 'runtime' && applies(when, choice)),
  )
}

/**
 * ctr for the containerd that the node's kubelet uses. Several may run on a machine (Docker brings one): the kubelet's
 * is told by the version that it reports.
 */
async function runtimeOf(place: Place, node: ClusterNode): Promise<FoundRuntime> {
  const { host } = place
  if (!node.runtime.startsWith('containerd://')) return NO_RUNTIME
  const program = await programOf(place, 'ctr')
  const wanted = parseVersion(node.runtime)?.join('.')
  let silent: Unheard | undefined
  for (const socket of CONTAINERD_SOCKETS) {
    if (!(await existsOnHost(host, socket))) continue
    const ctr: Ctr = [...program, '-a', socket]
    const seen = await hear(host, [...ctr, 'version'])
    silent ??= seen.unread
    if (seen.unread !== undefined) continue
    const server = parseVersion(serverVersionIn(seen.text))?.join('.')
    if (server !== undefined && server === wanted)
      return { runtime: { ctr: [...ctr, '-n', 'k8s.io'], socket }, silent: undefined }
  }
  return { runtime: undefined, silent }
}

type FoundRuntime = Pick<ExistingCluster, 'runtime' | 'silent'>
const NO_RUNTIME: FoundRuntime = { runtime: undefined, silent: undefined }

const DaemonSets = listOf(
  z.object({
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.object({
      template: z.object({
        spec: z.object({
          nodeSelector: z.record(z.string(), z.string()).optional(),
          affinity: z.unknown().optional(),
        }),
      }),
    }),
  }),
)
/** A pod with one of these in its node selector or affinity was put in its place by somebody who knew of edges. */
const KNOWS_EDGES = /node-role\.kubernetes\.io\/(edge|control-plane|master)/

/** EdgeMesh's own are meant to run there; K3s' service load balancers and kube-proxy must not. */
async function daemonSetsOnEdges(cluster: Cluster): Promise<string[] | undefined> {
  const found = await get(cluster, DaemonSets, ['daemonsets', '-A'])
  return found?.items.flatMap(({ metadata, spec }) => {
    const { nodeSelector, affinity } = spec.template.spec
    const aware = KNOWS_EDGES.test(JSON.stringify([nodeSelector, affinity]))
    return aware || metadata.namespace === 'kubeedge' ? [] : [`${metadata.namespace}/${metadata.name}`]
  })
}

/** K3s dials kubelets through a tunnel that edges do not have, and checks a CA that CloudStream is not of. */
async function logsToEdges(
  host: Host,
  node: ClusterNode | undefined,
): Promise<ExistingCluster['logsToEdges']> {
  if (node === undefined || !/k3s/.test(node.runtime)) return 'unknown'
  const config = (await readHostFile(host, '/etc/rancher/k3s/config.yaml')) ?? ''
  const both =
    /egress-selector-mode:\s*"?disabled/.test(config) && /kubelet-certificate-authority=/.test(config)
  return both ? 'works' : 'k3s-changes'
}
