import { chmod } from 'node:fs/promises'
import type { WorkEvent } from '@edgelift/core'
import { mustListIds } from '../containerd/ctr-client.ts'
import { NETWORK } from '../containerd/files.ts'
import { onHost } from '../node/host.ts'
import { restartUnit, runUnit, untilLasting } from '../node/unit-start.ts'
import { isActive, isEnabled, mustKnowActive, startedAfter } from '../node/units.ts'
import { clearMarker, hasMarker } from '../state/markers.ts'
import { disabled, tellDisabled } from '../steps/drift.ts'
import type { Run } from '../steps/run.ts'
import { type Drift, defineStep } from '../steps/step.ts'
import { hasCertificate } from './certificate.ts'
import { databaseDamage, replaceDamagedDatabase } from './damaged-database.ts'
import { EDGE_DATABASE, isDatabaseOpen, keepDatabasePrivate } from './edge-database.ts'
import { EDGECORE_CONFIG } from './edgecore-config.ts'
import { RESTART } from './edgecore-config-step.ts'
import { EDGECORE, EDGECORE_UNIT, EDGECORE_UNIT_FILE } from './edgecore-files.ts'
import { isHubConnected } from './hub-connection.ts'
import {
  CONNECTION_UNKNOWN,
  certificate,
  cloudAway,
  edgemesh,
  isCloudAway,
  isEdgemeshAsLeft,
  type JoinInputs,
  services,
} from './join-waits.ts'
import { metaServerServices } from './meta-server.ts'
import { isNodeDeleted } from './node-identity.ts'
import { areCurrent, replaceDuePods } from './replace-pods.ts'
import { soleMachine } from './sole-machine.ts'

/** A service that was started before one of its files was written runs on what was there before. */
const EDGECORE_FILES = [EDGECORE, EDGECORE_UNIT_FILE.to]

/**
 * Seconds: what it cannot start with, EdgeCore says within them. Nothing else proves it of an edge that had joined: the cloud
 * may be away, EdgeMesh's agent runs on from before, and an EdgeCore that exits again and again connects each time.
 */
const LASTING = 5

/** Starts EdgeCore and waits until the node really is joined (G44). */
export const join = defineStep<JoinInputs>({
  id: 'join',
  title: { en: 'start EdgeCore and join the cluster', zh: '启动 EdgeCore 并接入集群' },
  async check(run, inputs) {
    const isConnected = await isHubConnected(run.host, inputs.hubPort)
    // While the cloud is away, metaServer lists services from its cache: what then holds, `apply` finds out and says.
    const isJoined = isConnected !== false && (await isAsLeft(run, inputs))
    if (isJoined && isConnected === undefined) run.report(CONNECTION_UNKNOWN)
    return isJoined
  },
  async drift({ host }, inputs) {
    const found: Drift[] = await disabled(host, EDGECORE_UNIT)
    const damage = await databaseDamage(host)
    if (damage !== undefined)
      found.push({ kind: 'file', place: EDGE_DATABASE, state: 'damaged', fields: [damage] })
    else if (await isDatabaseOpen(host))
      found.push({ kind: 'file', place: EDGE_DATABASE, state: 'changed', fields: ['mode'] })
    if (await isNodeDeleted(host, inputs))
      found.push({ kind: 'object', place: `Node ${inputs.nodeName}`, state: 'missing', fields: [] })
    return found
  },
  async apply(run, inputs) {
    const { host, changes } = run
    if (inputs.shared) await recordPods(run, inputs)
    await tellDisabled(run, EDGECORE_UNIT)
    await changes.record({ kind: 'unit', unit: EDGECORE_UNIT, programs: [EDGECORE] })
    const isJoined = await hasCertificate(host, inputs.nodeName)
    const isDeleted = isJoined && (await isNodeDeleted(host, inputs))
    if (isDeleted) run.report(registersAgain(inputs.nodeName))
    const isStale =
      isDeleted || ((await hasMarker(host, RESTART)) && (await mustKnowActive(host, EDGECORE_UNIT)))
    await replaceDamagedDatabase(run, inputs, isJoined)
    await keepDatabasePrivate(host)
    if (isStale) await restartUnit(run, EDGECORE_UNIT)
    await runUnit(run, EDGECORE_UNIT, EDGECORE_FILES)
    await clearMarker(host, RESTART)
    // A joined edge needs its cloud for nothing of what was just written, and goes on with it by itself.
    if (isJoined && (await isCloudAway(inputs))) {
      await untilLasting(run, EDGECORE_UNIT, { seconds: LASTING })
      return run.report(cloudAway(inputs))
    }
    await certificate(run, inputs)
    await services(run, inputs)
    // EdgeCore has rewritten its file by now, and may have widened its mode (KubeEdge edge/cmd/edgecore/app/server.go).
    await chmod(onHost(host, EDGECORE_CONFIG), 0o600)
    await replaceDuePods(run, inputs)
    await edgemesh(run, inputs)
    if (isJoined) await untilLasting(run, EDGECORE_UNIT, { seconds: LASTING })
    await soleMachine(run, { nodeName: inputs.nodeName, isNew: !changes.wasComplete })
  },
})

/** Its containerd runs by now, and EdgeCore has started no container yet. */
async function recordPods({ host, changes }: Run, { ctr, socket }: JoinInputs): Promise<void> {
  const change = { kind: 'pods', socket, sharedNetwork: NETWORK } as const
  if (!changes.has(change)) await changes.record({ ...change, before: await mustListIds(host, ctr) })
}

async function isAsLeft(run: Run, inputs: JoinInputs): Promise<boolean> {
  const { host } = run
  return (
    (await isEnabled(host, EDGECORE_UNIT)) &&
    (await isActive(host, EDGECORE_UNIT)) &&
    (await startedAfter(host, EDGECORE_UNIT, EDGECORE_FILES)) &&
    !(await hasMarker(host, RESTART)) &&
    (await hasCertificate(host, inputs.nodeName)) &&
    ((await metaServerServices(host))?.length ?? 0) > 0 &&
    !(await isNodeDeleted(host, inputs)) &&
    !(await isDatabaseOpen(host)) &&
    (await databaseDamage(host)) === undefined &&
    (await areCurrent(run, inputs)) &&
    (await isEdgemeshAsLeft(run, inputs))
  )
}

function registersAgain(name: string): WorkEvent {
  const text = {
    en: `Node ${name} was deleted: EdgeCore is restarted and registers it again; labels and taints that were set on the cloud are lost`,
    zh: `Node ${name} 已被删除：将重启 EdgeCore 以重新注册；在云端设置的标签与污点已丢失`,
  }
  return { type: 'note', level: 'warning', text }
}
