import { setTimeout as sleep } from 'node:timers/promises'
import type { Text } from '@edgelift/core'
import { stopUnit } from '../node/units.ts'
import { fail } from '../problem/codes.ts'
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
/** Seconds for which a report of this machine has to stand. */
const STEADY = 12

/**
 * Whether this machine alone reports under its name: two that joined at the same moment have one Node between them, in
 * which the last one's report stands. A Node that holds an older report of this machine itself changes within seconds.
 * @param isNew it joins now: it is stopped then, so that the other one goes on
 * @throws NODE_NAME_SHARED
 */
export async function soleMachine(
  { host, report, signal }: Pick<Run, 'host' | 'report' | 'signal'>,
  { nodeName, isNew }: { readonly nodeName: string; readonly isNew: boolean },
): Promise<void> {
  const own = await ownIdentity(host, nodeName)
  if (own === undefined) return
  const look = () => registeredIdentity(nodeName)
  const other = await otherMachine(own, look, async (seconds) => {
    const what = { en: `node ${nodeName} is this machine`, zh: `节点 ${nodeName} 即本机` }
    report({ type: 'wait', id: 'machine', what, seconds, deadline: REPORTS })
    await sleep(1000, undefined, { signal })
  })
  if (other !== undefined) {
    if (isNew) await stopUnit(host, EDGECORE_UNIT)
    throw shared(other, own)
  }
  for (const [machineId, names] of sharedMachineIds(await registeredNodes()))
    if (machineId === own.machineId)
      report({ type: 'note', level: 'warning', text: cloned(names.filter((name) => name !== nodeName)) })
}

/** What another machine has reported under this one's name; undefined where there is none. */
export async function otherMachine(
  own: NodeIdentity,
  look: () => Promise<NodeIdentity | undefined>,
  pause: (seconds: number) => Promise<void>,
): Promise<NodeIdentity | undefined> {
  let other: NodeIdentity | undefined
  let steady = 0
  for (let seconds = 0; seconds <= REPORTS; seconds += 1) {
    const seen = await look()
    if (seen !== undefined && !isSameMachine(seen, own)) {
      other = seen
      steady = 0
    } else if (other === undefined) return undefined
    else steady += 1
    if (steady >= STEADY) return undefined
    await pause(seconds)
  }
  return other
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
