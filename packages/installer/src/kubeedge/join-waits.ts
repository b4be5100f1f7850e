import { joinTexts, type Text, type WorkEvent } from '@edgelift/core'
import type { Ctr } from '../containerd/ctr.ts'
import { CTR_SILENT, runningOf } from '../containerd/ctr-client.ts'
import { CONTAINERD_UNIT } from '../containerd/files.ts'
import type { Services } from '../node/crash-loop.ts'
import type { Host } from '../node/host.ts'
import { placeFacts } from '../node/places.ts'
import { diskPressure, pressureFix, pressureMatters, pressureSeen } from '../node/pressure.ts'
import { unitLogSince, unitRunLog, unitWords } from '../node/units.ts'
import { type Hopeless, waitUntil } from '../node/wait.ts'
import { HTTPS_AFTER_HUB } from '../settings/edge.ts'
import type { Run } from '../steps/run.ts'
import { hasCertificate } from './certificate.ts'
import { repositoryOf } from './daemon-pods.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'
import { edgemeshDnsProblem } from './edgemesh-dns.ts'
import { isHubConnected } from './hub-connection.ts'
import { hubPortState } from './hub-ports.ts'
import { joinDiagnosis, tokenRefused } from './join.ts'
import { replaceLostLink } from './lost-link.ts'
import { portsOf, replaceLostPods } from './lost-pods.ts'
import { metaServerServices, wantsEdgeMesh } from './meta-server.ts'
import { isNodeRegistered } from './node-identity.ts'
import { refuseOtherRelease } from './replace-pods.ts'

const STATE = '/var/lib/kubeedge'

export interface JoinInputs {
  readonly nodeName: string
  readonly cloudHost: string
  readonly hubPort: number
  readonly ctr: Ctr
  /** Of the containerd. */
  readonly socket: string
  /** Others use this containerd, too. */
  readonly shared: boolean
  /** The reference of EdgeMesh's agent; null where the archive has none. */
  readonly agentImage: string | null
}

function servicesOf({ host }: Run, { shared }: JoinInputs): Services {
  return { host, units: shared ? [EDGECORE_UNIT] : [CONTAINERD_UNIT, EDGECORE_UNIT] }
}

/** Lines of EdgeCore's log by which its state is told. */
const SAID = 40

/** Milliseconds for which words of an EdgeCore that is being restarted, with an older token, are not listened to. */
const SETTLING = 5000

export async function certificate(run: Run, inputs: JoinInputs): Promise<void> {
  const { host } = run
  const { nodeName, cloudHost, hubPort } = inputs
  const start = host.now() + SETTLING
  const words = unitWords(host, EDGECORE_UNIT, SAID)
  const ports = `${hubPort}, ${hubPort + HTTPS_AFTER_HUB}`
  await waitUntil({
    ...run,
    disk: { host, folder: STATE },
    services: servicesOf(run, inputs),
    id: 'certificate',
    what: { en: `the certificate from the cloud ${cloudHost}`, zh: `从云端 ${cloudHost} 获取证书` },
    deadline: 120,
    look: async () => {
      if (await hasCertificate(host, nodeName)) return true
      const refused = tokenRefused(await unitLogSince(host, EDGECORE_UNIT, start))
      if (refused !== undefined) return { hopeless: refused }
      return joinDiagnosis(await words(), hubPort)
    },
    words: unitWords(host, EDGECORE_UNIT),
    fix: {
      en: `check the token, and that ports ${ports} of the cloud are open`,
      zh: `请检查令牌以及云端 ${ports} 端口`,
    },
  })
}

export async function services(run: Run, inputs: JoinInputs): Promise<void> {
  const { host } = run
  const { hubPort } = inputs
  const words = unitWords(host, EDGECORE_UNIT, SAID)
  let isConnected: boolean | undefined
  await waitUntil({
    ...run,
    disk: { host, folder: STATE },
    services: servicesOf(run, inputs),
    id: 'metaserver',
    what: { en: "metaServer lists the cluster's services", zh: 'metaServer 返回集群服务' },
    deadline: 180,
    look: async () => {
      // Without a connection, metaServer lists what an earlier EdgeCore has left in its database.
      isConnected = await isHubConnected(host, hubPort)
      if (isConnected !== false && ((await metaServerServices(host)) ?? []).length > 0) return true
      return joinDiagnosis(await words(), hubPort)
    },
    words: unitWords(host, EDGECORE_UNIT),
    fix: {
      en: 'see journalctl -u edgecore, and CloudCore on the cloud',
      zh: '查看 journalctl -u edgecore 以及云端 CloudCore',
    },
  })
  if (isConnected === undefined) run.report(CONNECTION_UNKNOWN)
}

/** Where no `ss` tells of EdgeCore's connection. */
export const CONNECTION_UNKNOWN = {
  type: 'note',
  level: 'warning',
  text: {
    en: 'ss (iproute2) does not tell whether EdgeCore is connected to the cloud: metaServer responds, which it also does from its cache. The cloud lists this node as Ready while it is connected',
    zh: 'ss（iproute2）未返回结果，无法确认 EdgeCore 是否已连接云端：metaServer 有响应，但可能来自缓存。已连接时，云端显示本节点为 Ready',
  },
} as const satisfies WorkEvent

/** Waits for EdgeMesh's agent where the cloud has EdgeMesh. */
export async function edgemesh(run: Run, inputs: JoinInputs): Promise<void> {
  const { host, directory, report } = run
  const { nodeName, ctr } = inputs
  const wants = await edgemeshWanted(run, inputs)
  if (wants !== true) {
    report({ type: 'note', level: 'warning', text: wants === false ? NO_EDGEMESH : EDGEMESH_UNKNOWN })
    return registered(run, inputs)
  }
  const replaceLost = replaceLostPods(portsOf(host, ctr, nodeName))
  const refuse = refuseOtherRelease(run, inputs)
  await waitUntil({
    ...run,
    disk: { host, folder: STATE },
    services: servicesOf(run, inputs),
    id: 'edgemesh',
    what: { en: 'the EdgeMesh agent runs and its DNS responds', zh: 'EdgeMesh agent 已运行，DNS 可用' },
    deadline: 240,
    look: async () => {
      const seen = await edgemeshUp(run, inputs)
      if (seen === true) return seen
      await refuse()
      await replaceLostLink(run, inputs)
      for (const pod of await replaceLost()) report(madeAnew(pod))
      return (await evicting(host, directory)) ?? seen
    },
    words: unitWords(host, EDGECORE_UNIT),
    fix: {
      en: `on the cloud: kubectl -n kubeedge get pods -o wide --field-selector spec.nodeName=${nodeName}`,
      zh: `在云端执行：kubectl -n kubeedge get pods -o wide --field-selector spec.nodeName=${nodeName}`,
    },
  })
}

/** Whether EdgeMesh is as {@link edgemesh} leaves it; says so where nobody tells. */
export async function isEdgemeshAsLeft(run: Run, inputs: JoinInputs): Promise<boolean> {
  const wants = await edgemeshWanted(run, inputs)
  if (wants === true) return (await edgemeshUp(run, inputs)) === true
  if (wants === undefined) run.report({ type: 'note', level: 'warning', text: EDGEMESH_UNKNOWN })
  return true
}

/** Whether the cloud has EdgeMesh. While it does not say, an agent that runs here proves it; undefined where none does. */
async function edgemeshWanted(run: Run, inputs: JoinInputs): Promise<boolean | undefined> {
  const isLabelled = await wantsEdgeMesh(run.host)
  return isLabelled ?? ((await isAgentRunning(run, inputs)) || undefined)
}

const NO_EDGEMESH = {
  en: 'the cloud was installed without EdgeMesh: pods of this node do not resolve services',
  zh: '云端未安装 EdgeMesh：本节点的 Pod 无法解析集群服务',
} as const satisfies Text
const EDGEMESH_UNKNOWN = {
  en: "the cloud's API does not respond, so EdgeMesh on this node was not checked: run ./edgelift verify once it does",
  zh: '云端 API 无响应，未检查本节点的 EdgeMesh：请在其恢复后执行 ./edgelift verify',
} as const satisfies Text

/** What EdgeCore's kubelet says when all that it could delete was not enough (Kubernetes pkg/kubelet/eviction). */
const EVICTS = 'Eviction manager: must evict pod(s) to reclaim'

/** Whether EdgeCore takes no pods since too little of a disk is free: for five minutes after each look at it. */
async function evicting(host: Host, directory: string): Promise<Hopeless | undefined> {
  const [pressure] = diskPressure(await placeFacts(host, directory), 'edge')
  if (pressure === undefined || !(await unitRunLog(host, EDGECORE_UNIT, 400)).includes(EVICTS))
    return undefined
  const why = joinTexts([pressureSeen(pressure), pressureMatters(pressure, 'edge')], '; ')
  return { hopeless: why, fix: pressureFix(pressure) }
}

/** Whether CloudHub's ports cannot be reached, one by one: either is needed. */
export async function isCloudAway({
  cloudHost,
  hubPort,
}: Pick<JoinInputs, 'cloudHost' | 'hubPort'>): Promise<boolean> {
  const states = await Promise.all(
    [hubPort, hubPort + HTTPS_AFTER_HUB].map((port) => hubPortState(cloudHost, port)),
  )
  return states.some((state) => state !== 'open')
}

export function cloudAway({ cloudHost }: JoinInputs): WorkEvent {
  return {
    type: 'note',
    level: 'warning',
    text: {
      en: `the cloud (${cloudHost}) is unreachable: everything is installed, and this node connects by itself once the cloud is back. Until then it starts no new pods`,
      zh: `云端（${cloudHost}）不可达：安装内容已就绪，云端恢复后本节点会自动连接；在此之前不会启动新的 Pod`,
    },
  }
}

function madeAnew(pod: string): WorkEvent {
  return {
    type: 'note',
    level: 'info',
    text: {
      en: `the cloud did not send pod ${pod} to this node: deleted, so that another one is made`,
      zh: `云端未将 Pod ${pod} 下发到本节点：已删除，将重新创建`,
    },
  }
}

/** Where no pod of EdgeMesh proves it: the cloud has this node. */
function registered(run: Run, inputs: JoinInputs): Promise<void> {
  const { host } = run
  const { nodeName, hubPort } = inputs
  const words = unitWords(host, EDGECORE_UNIT, SAID)
  return waitUntil({
    ...run,
    services: servicesOf(run, inputs),
    id: 'registered',
    what: { en: `the cloud has node ${nodeName}`, zh: `云端已登记节点 ${nodeName}` },
    deadline: 120,
    look: async () =>
      ((await isHubConnected(host, hubPort)) !== false && (await isNodeRegistered(host, nodeName))) ||
      joinDiagnosis(await words(), hubPort),
    words: unitWords(host, EDGECORE_UNIT),
    fix: { en: 'see journalctl -u edgecore', zh: '查看 journalctl -u edgecore' },
  })
}

/** Whatever its version: a cloud of another release wants another one. Undefined while containerd does not respond. */
async function isAgentRunning({ host }: Run, { ctr, agentImage }: JoinInputs): Promise<boolean | undefined> {
  if (agentImage === null) return false
  const found = await runningOf(host, ctr, repositoryOf(agentImage))
  return found && found.length > 0
}

/** True where the agent runs and its DNS responds; else what is missing of that. */
export async function edgemeshUp(run: Run, inputs: JoinInputs): Promise<true | Text> {
  const runs = inputs.agentImage === null || (await isAgentRunning(run, inputs))
  if (runs === undefined) return CTR_SILENT
  if (!runs) return { en: 'its pod is not running on this node', zh: '其 Pod 未在本节点运行' }
  const problem = await edgemeshDnsProblem(run.host)
  return (
    problem === undefined || { en: `its pod runs, but ${problem.en}`, zh: `其 Pod 已运行，但 ${problem.zh}` }
  )
}
