import type { Report } from '@edgelift/core'
import { laidAddresses } from '../k3s/laid-addresses.ts'
import { clusterOf, formatKubectl, type Place } from '../kube/access.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { clusterNodes } from '../kube/nodes.ts'
import { hubPeers, isHubConnected } from '../kubeedge/hub-connection.ts'
import { isNodeUnknown, ownIdentity } from '../kubeedge/node-identity.ts'
import type { Facts } from '../node/facts.ts'
import { ticking } from '../node/ticking.ts'
import { dialledAddress } from '../settings/cloud.ts'
import { nodeNameOf } from '../settings/edge.ts'
import { HUB_PORT } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import type { Step } from '../steps/step.ts'
import { type Check, outcomeOf } from '../verify/check.ts'
import { checksOfNode } from '../verify/node-checks.ts'
import { certificateDiagnoses } from './certificates.ts'
import { clusterClocks } from './clocks.ts'
import { cloudLink } from './cloud-link.ts'
import { apiDiagnoses, cloudCoreDiagnoses, podDiagnoses } from './cluster.ts'
import type { DoctorCode } from './codes.ts'
import { withConsequences } from './consequences.ts'
import { checkCauses, type Diagnosis } from './diagnosis.ts'
import { driftDiagnoses } from './drift.ts'
import { hostDiagnoses } from './host.ts'
import { clusterMachines, edgeMachines } from './machines.ts'
import { meshRefreshDiagnoses } from './mesh-refresh.ts'
import { edgeNodeDeleted, nodeDiagnoses } from './nodes.ts'
import { DEADLINE, type Probe, runProbes } from './probe.ts'
import { unitDiagnoses } from './units.ts'

interface Watcher {
  readonly report: Report
  readonly signal: AbortSignal
  /** The steps that this node was installed by; undefined where they are not known. */
  readonly installed: readonly Step[] | undefined
}

/** Everything that is wrong with this node, causes before what follows from them. Changes nothing. */
export async function diagnose(
  place: Place,
  receipt: Receipt | undefined,
  facts: Facts,
  watcher: Watcher,
): Promise<Diagnosis[]> {
  if (receipt === undefined) return hostDiagnoses(receipt, facts)
  const found = hostDiagnoses(receipt, facts, await laidNodeIp(place, receipt))
  const more = receipt.role === 'edge' ? edgeDiagnoses : cloudDiagnoses
  return withConsequences([...found, ...(await more(place, receipt, facts, watcher))])
}

/** The node's address as its program was set up with; undefined where that is somebody else's. */
async function laidNodeIp({ host }: Place, { role, kubeEdgeOnly }: Receipt): Promise<string | undefined> {
  if (role === 'edge') return (await ownIdentity(host, ''))?.address
  return kubeEdgeOnly === undefined ? (await laidAddresses(host))?.nodeIp : undefined
}

async function edgeDiagnoses(
  place: Place,
  receipt: Receipt,
  facts: Facts,
  watcher: Watcher,
): Promise<Diagnosis[]> {
  const { host } = place
  const settings = settingsOfReceipt(receipt)
  if (settings.role !== 'edge') return []
  const hubPort = settings.cloud?.hubPort ?? HUB_PORT
  const nodeName = nodeNameOf(settings, facts)
  const units = [...(settings.containerd === 'existing' ? [] : ['containerd.service']), 'edgecore.service']
  const found = await runProbes(
    [
      {
        id: 'services',
        title: { en: 'services', zh: '检查服务' },
        run: () => unitDiagnoses(host, units, hubPort),
      },
      {
        id: 'cloud',
        title: { en: 'the connection to the cloud', zh: '检查与云端的连接' },
        run: () => cloudLink(host, settings, facts),
      },
      certificates(place, receipt),
      {
        id: 'machine',
        title: { en: 'the name and machine-id of this node', zh: '检查节点名称与 machine-id' },
        run: async () => {
          const isConnected = await isHubConnected(host, hubPort)
          if (isConnected === false) return []
          const isDeleted = isConnected === true && (await isNodeUnknown(nodeName))
          return [...(isDeleted ? [edgeNodeDeleted(nodeName)] : []), ...(await edgeMachines(host, nodeName))]
        },
      },
      ...changes(place, receipt, watcher),
    ],
    watcher,
  )
  const { edgemesh, checks } = await chosenChecks(place, receipt, watcher)
  const isFound = (code: DoctorCode) => found.some((one) => one.code === code)
  const needless = new Set([
    // What it says are findings of their own.
    'cloud',
    // Without the cloud a service in it cannot respond, and the question takes half a minute.
    ...(isFound('CLOUD_UNREACHABLE') ? ['functional'] : []),
    // They are named already.
    ...(isFound('IMAGE_MISSING') ? ['V4'] : []),
  ])
  const made = checks.filter(({ id, edgemesh: ofMesh }) => (edgemesh || !ofMesh) && !needless.has(id))
  return [
    ...found,
    ...(await runProbes(
      made.map((check) => probeOf(check, 'k3s kubectl')),
      watcher,
    )),
  ]
}

/** Which checks are those of this node: an edge asks its metaServer, which takes a while when its cloud is away. */
function chosenChecks(place: Place, receipt: Receipt, watcher: Watcher) {
  const title = { en: 'what was installed', zh: '检查安装内容' }
  const { report } = watcher
  report({ type: 'phase', id: 'installed', title })
  return ticking({ id: 'installed', title, report, deadline: DEADLINE }, () =>
    checksOfNode(place, receipt, watcher),
  )
}

async function cloudDiagnoses(
  place: Place,
  receipt: Receipt,
  facts: Facts,
  watcher: Watcher,
): Promise<Diagnosis[]> {
  const { host } = place
  const units = receipt.kubeEdgeOnly === undefined ? ['k3s.service'] : []
  const cluster = await clusterOf(place, receipt.kubeEdgeOnly)
  const first = await runProbes(
    [
      {
        id: 'services',
        title: { en: 'services', zh: '检查服务' },
        run: () => unitDiagnoses(host, units, HUB_PORT),
      },
      {
        id: 'api',
        title: { en: "Kubernetes' API", zh: '检查 Kubernetes API' },
        run: () => apiDiagnoses(cluster),
      },
      certificates(place, receipt),
      meshRefresh(place, receipt),
      ...changes(place, receipt, watcher),
    ],
    watcher,
  )
  if (first.some(({ code }) => code === 'API_SILENT')) return first
  const settings = settingsOfReceipt(receipt)
  const seen = {
    cluster,
    own: receipt.node.name ?? nodeNameOf({}, facts),
    address: settings.role === 'cloud' ? dialledAddress(settings, facts) : undefined,
  }
  return [...first, ...(await runProbes(await clusterProbes(place, receipt, seen, watcher), watcher))]
}

interface Seen {
  readonly cluster: Cluster
  /** The name of this node. */
  readonly own: string
  /** At which edges reach this cloud. */
  readonly address: string | undefined
}

async function clusterProbes(
  place: Place,
  receipt: Receipt,
  { cluster, own, address }: Seen,
  watcher: Watcher,
): Promise<Probe[]> {
  const { edgemesh, checks } = await chosenChecks(place, receipt, watcher)
  const made = checks.filter((check) => !check.makesPods && (edgemesh || !check.edgemesh))
  const nodes = (await clusterNodes(cluster)) ?? []
  // They watch for as long as the others take.
  const machines = clusterMachines(cluster, nodes)
  const clocks = nodes.length > 1 ? clusterClocks(cluster) : Promise.resolve([])
  for (const watch of [machines, clocks]) watch.catch(() => {})
  return [
    {
      id: 'nodes',
      title: { en: 'nodes', zh: '检查节点' },
      run: async () =>
        nodeDiagnoses(cluster, {
          nodes,
          own: receipt.kubeEdgeOnly === undefined ? own : undefined,
          peers: await hubPeers(place.host, HUB_PORT),
          address,
        }),
    },
    {
      id: 'cloudcore',
      title: { en: 'CloudCore', zh: '检查 CloudCore' },
      run: () => cloudCoreDiagnoses(cluster, nodes),
    },
    {
      id: 'pods',
      title: { en: 'pods of KubeEdge and EdgeMesh', zh: '检查 KubeEdge 与 EdgeMesh 的 Pod' },
      run: () => podDiagnoses(cluster, { nodes, own }),
    },
    ...made.map((check) => probeOf(check, formatKubectl(cluster))),
    {
      id: 'machines',
      title: { en: 'names and machine-ids of nodes', zh: '检查节点名称与 machine-id' },
      run: () => machines,
    },
    {
      id: 'clocks',
      title: { en: 'clocks of nodes', zh: '检查节点时钟' },
      run: () => clocks,
    },
  ]
}

function changes(place: Place, receipt: Receipt, { installed, signal }: Watcher): Probe[] {
  if (installed === undefined) return []
  const title = { en: 'what was changed since the installation', zh: '检查安装后的改动' }
  return [{ id: 'drift', title, run: () => driftDiagnoses(installed, { ...place, receipt, signal }) }]
}

function meshRefresh({ host }: Place, receipt: Receipt): Probe {
  const title = { en: 'the mesh refresh service', zh: '检查网格刷新服务' }
  return { id: 'mesh-refresh', title, run: () => meshRefreshDiagnoses(host, receipt) }
}

function certificates(place: Place, receipt: Receipt): Probe {
  const title = { en: 'certificates', zh: '检查证书' }
  return { id: 'certificates', title, run: () => certificateDiagnoses(place, receipt) }
}

function probeOf(check: Check, kubectl: string): Probe {
  return {
    id: check.id,
    title: check.title,
    async run() {
      const outcome = await outcomeOf(check)
      if (outcome.state !== 'failed') return []
      const { why, explanation } = outcome
      const seen = { en: `${check.title.en}: ${why.en}`, zh: `${check.title.zh}：${why.zh}` }
      if (explanation !== undefined) return [{ ...explanation, problem: 'P6', seen }]
      const cause = checkCauses(kubectl)[check.id]
      return cause === undefined ? [] : [{ ...cause, seen }]
    },
  }
}
