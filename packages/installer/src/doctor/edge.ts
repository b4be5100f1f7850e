import type { Place } from '../kube/access.ts'
import { isHubConnected } from '../kubeedge/hub-connection.ts'
import { isNodeUnknown } from '../kubeedge/node-identity.ts'
import type { Facts } from '../node/facts.ts'
import { nodeNameOf } from '../settings/edge.ts'
import { HUB_PORT } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import { cloudLink } from './cloud-link.ts'
import type { DoctorCode } from './codes.ts'
import type { Diagnosis } from './diagnosis.ts'
import { edgeMachines } from './machines.ts'
import { certificates, changes, chosenChecks, probeOf, services, type Watcher } from './node-probes.ts'
import { edgeNodeDeleted } from './nodes.ts'
import { runProbes } from './probe.ts'

/** What is wrong with an edge, besides its host. */
export async function edgeDiagnoses(
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
      services(host, units, hubPort),
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
          const isDeleted = isConnected === true && (await isNodeUnknown(host, nodeName))
          return [...(isDeleted ? [edgeNodeDeleted(nodeName)] : []), ...(await edgeMachines(host, nodeName))]
        },
      },
      ...changes(place, receipt, watcher),
    ],
    watcher,
  )
  const { edgemesh, checks, failed } = await chosenChecks(place, receipt, watcher)
  const isFound = (code: DoctorCode) => found.some((one) => one.code === code)
  // A warning is of a port beside CloudHub's.
  const isAway = found.some(({ code, severity }) => code === 'CLOUD_UNREACHABLE' && severity !== 'warning')
  const needless = new Set([
    // What it says are findings of their own.
    'cloud',
    // Without the cloud a service in it cannot respond, and the question takes half a minute.
    ...(isAway ? ['functional'] : []),
    // They are named already.
    ...(isFound('IMAGE_MISSING') ? ['V4'] : []),
  ])
  const made = checks.filter(({ id, edgemesh: ofMesh }) => (edgemesh || !ofMesh) && !needless.has(id))
  return [
    ...found,
    ...failed,
    ...(await runProbes(
      made.map((check) => probeOf(check, 'k3s kubectl', receipt)),
      watcher,
    )),
  ]
}
