import { setTimeout as sleep } from 'node:timers/promises'
import { mustExec, type Text } from '@edgelift/core'
import { type Host, UNSTOPPED } from '../node/host.ts'
import { mustStop, stopUnit, unitRunLog } from '../node/units.ts'
import { fail } from '../problem/codes.ts'
import { formerNode } from '../state/former-node.ts'
import type { Run } from '../steps/run.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'
import {
  formatIdentity,
  isSameMachine,
  type NodeIdentity,
  ownIdentity,
  registeredIdentity,
  registeredNodes,
  sharedMachineIds,
} from './node-identity.ts'

/** Seconds within which EdgeCore's kubelet has reported twice (nodeStatusUpdateFrequency, 10 s). */
const REPORTS = 25
/** Seconds within which both of two have reported once. */
const PERIOD = 13
/** The same after a start of EdgeCore, which takes some seconds itself. */
const PERIOD_OF_START = 20
/** Seconds for which EdgeCore is stopped, so that its reports come at another time than those of another machine. */
const SHIFT = 3
/** Seconds for which a report of this machine has to stand after one of another machine. */
const STEADY = 12
/** Looks in a row that metaServer leaves without an answer, each for up to twelve seconds, until it is given up. */
const SILENT = 10

/**
 * Whether this machine alone reports under its name: two that joined at the same moment have one Node between them, in
 * which the last one's report stands. The one that made the Node goes on; the other one watches it ({@link firstOther}). A Node that holds an older report of this machine itself changes within seconds.
 * Where metaServer is silent, nobody knows: that is said, and stops nothing.
 * @param isNew it joins now: it is stopped then, so that the other one goes on
 * @throws NODE_NAME_SHARED
 */
export async function soleMachine(
  { host, report, signal }: Pick<Run, 'host' | 'report' | 'signal'>,
  { nodeName, isNew }: { readonly nodeName: string; readonly isNew: boolean },
): Promise<void> {
  const own = await ownIdentity(host, nodeName)
  if (own === undefined) return
  const watch: Watch = {
    own,
    look: () => registeredIdentity(host, nodeName),
    pause: async (seconds) => {
      const what = { en: `node ${nodeName} is this machine`, zh: `节点 ${nodeName} 即本机` }
      report({ type: 'wait', id: 'machine', what, seconds, deadline: PERIOD + PERIOD_OF_START })
      await sleep(1000, undefined, { signal })
    },
  }
  const other = isNew ? await otherClaimant({ host, signal }, watch) : await otherMachine(watch)
  if (other === 'unknown') return report({ type: 'note', level: 'warning', text: unknownText(nodeName) })
  if (other !== undefined) {
    if (isNew) await stopUnit(host, EDGECORE_UNIT)
    throw shared(other, own)
  }
  for (const [machineId, names] of sharedMachineIds(await registeredNodes(host)))
    if (machineId === own.machineId)
      report({ type: 'note', level: 'warning', text: cloned(names.filter((name) => name !== nodeName)) })
}

/** Who else joins under this name; undefined for the machine whose EdgeCore made the Node. */
async function otherClaimant({ host, signal }: Pick<Run, 'host' | 'signal'>, watch: Watch): Promise<Other> {
  if (hasMadeNode(await unitRunLog(host, EDGECORE_UNIT))) return undefined
  const rejoins = (await formerNode(host))?.nodeName === watch.own.name
  return rejoins ? otherMachine(watch) : firstOther(watch, () => shiftReports(host, signal))
}

/** Stops EdgeCore for some seconds. @throws COMMAND_FAILED when it does not start again */
export async function shiftReports(host: Host, signal: AbortSignal, seconds = SHIFT): Promise<void> {
  try {
    await mustStop(host, [EDGECORE_UNIT])
    await sleep(seconds * 1000, undefined, { signal })
  } finally {
    const options = { timeout: 120_000, signal: UNSTOPPED }
    await mustExec(host.exec, 'systemctl', ['start', EDGECORE_UNIT], options)
  }
}

/**
 * Whether EdgeCore made its Node, or found one of its name: the words of its kubelet, which says that it "successfully
 * registered" in both cases (KubeEdge v1.22.0 vendor/k8s.io/kubernetes/pkg/kubelet/kubelet_node_status.go). Of two that
 * register at once the API server lets one make it. Pure.
 * @param log of its present run
 */
export function hasMadeNode(log: string): boolean {
  return log.includes('Successfully registered node') && !log.includes('Node was previously registered')
}

/** Another machine of this name; undefined where there is none. */
type Other = NodeIdentity | 'unknown' | undefined

interface Watch {
  readonly own: NodeIdentity
  /** What the Node of this name holds: as {@link registeredIdentity}. */
  readonly look: () => Promise<NodeIdentity | 'silent' | undefined>
  readonly pause: (seconds: number) => Promise<void>
}

/**
 * The first other machine that is seen; undefined where there is none. Two that started in the same second also report in the
 * same second, each time, and this one may always be the last: what it sees is its own. So the second half of the watch
 * begins with a shift of its reports by some seconds. This machine itself may have reported an address that it had before.
 */
export async function firstOther(watch: Watch, shift: () => Promise<void>): Promise<Other> {
  const first = await foreign(watch, { from: 0, to: PERIOD })
  if (first !== undefined) return first
  await shift()
  return (await foreign(watch, { from: PERIOD, to: PERIOD + PERIOD_OF_START })) ?? otherMachine(watch)
}

async function foreign(
  { own, look, pause }: Watch,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<NodeIdentity | undefined> {
  for (let seconds = from; seconds < to; seconds += 1) {
    const seen = await look()
    if (isIdentity(seen) && seen.machineId !== own.machineId) return seen
    await pause(seconds)
  }
  return undefined
}

/**
 * What another machine reports under the name of one that joined before; undefined where there is none. Silence confirms
 * nothing: what was seen of another machine stands, and of an older address of this one nothing is concluded.
 */
export async function otherMachine({ own, look, pause }: Watch): Promise<Other> {
  let other: NodeIdentity | undefined
  let steady = 0
  let silent = 0
  for (let seconds = 0; seconds <= REPORTS && silent < SILENT; seconds += 1) {
    const seen = await look()
    silent = seen === 'silent' ? silent + 1 : 0
    if (isIdentity(seen) && !isSameMachine(seen, own)) {
      other = seen
      steady = 0
    } else if (seen !== 'silent') {
      if (other === undefined) return undefined
      steady += 1
    }
    if (steady >= STEADY) return undefined
    await pause(seconds)
  }
  return silent === 0 || (other !== undefined && other.machineId !== own.machineId) ? other : 'unknown'
}

function isIdentity(seen: NodeIdentity | 'silent' | undefined): seen is NodeIdentity {
  return seen !== undefined && seen !== 'silent'
}

function unknownText(nodeName: string): Text {
  return {
    en: `metaServer does not respond: whether another machine reports as node ${nodeName} is not known; run ./edgelift doctor once it does`,
    zh: `metaServer 无响应，无法确认是否有另一台机器以节点 ${nodeName} 上报；请在其恢复后执行 ./edgelift doctor`,
  }
}

function shared(other: NodeIdentity, own: NodeIdentity): Error {
  return fail('NODE_NAME_SHARED', {
    what: {
      en: `another machine reports as node ${own.name}: ${formatIdentity(other)}`,
      zh: `另一台机器也以节点 ${own.name} 上报：${formatIdentity(other)}`,
    },
    because: {
      en: `this machine is ${formatIdentity(own)}; two machines with one name disconnect each other`,
      zh: `本机为 ${formatIdentity(own)}；同名的两台机器会互相挤下线`,
    },
    fix: OTHER_NAME,
  })
}

export const OTHER_NAME: Text = {
  en: 'give this machine a name of its own: ./cleanup.sh --yes, then ./install.sh --node-name NAME with a new join token',
  zh: '为本机指定唯一的名称：执行 ./cleanup.sh --yes，然后凭新的接入令牌执行 ./install.sh --node-name 名称',
}

/** What a cloned disk needs. */
export const NEW_MACHINE_ID: Text = {
  en: 'on the clone: rm /etc/machine-id; systemd-machine-id-setup; reboot',
  zh: '在克隆出的机器上执行：rm /etc/machine-id; systemd-machine-id-setup; reboot',
}

function cloned(others: readonly string[]): Text {
  return {
    en: `this machine has the machine-id of ${others.join(', ')}: a cloned disk. ${NEW_MACHINE_ID.en}`,
    zh: `本机与 ${others.join('、')} 的 machine-id 相同：磁盘由克隆而来。${NEW_MACHINE_ID.zh}`,
  }
}
