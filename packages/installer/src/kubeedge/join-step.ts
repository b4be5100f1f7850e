import { chmod } from 'node:fs/promises'
import { joinTexts, mustExec, type Text, type WorkEvent } from '@edgelift/core'
import { CONTAINERD_UNIT, EDGECORE_UNIT, EDGECORE_UNIT_FILE } from '../containerd/files.ts'
import type { Services } from '../node/crash-loop.ts'
import { onHost } from '../node/host.ts'
import { placeFacts } from '../node/places.ts'
import { portState } from '../node/port-state.ts'
import { diskPressure, pressureFix, pressureMatters, pressureSeen } from '../node/pressure.ts'
import { endProcesses } from '../node/processes.ts'
import {
  isActive,
  isEnabled,
  restartUnit,
  runUnit,
  startedAfter,
  stopUnit,
  unitLog,
  unitLogSince,
} from '../node/units.ts'
import { type Hopeless, waitUntil } from '../node/wait.ts'
import { type EdgeSettings, HTTPS_AFTER_HUB } from '../settings/edge.ts'
import { isMarked, unmark } from '../state/markers.ts'
import type { Step } from '../steps/step.ts'
import { hasCertificate } from './certificate.ts'
import type { EdgeContext } from './edge-context.ts'
import { removePods } from './edge-remove.ts'
import { EDGECORE_CONFIG } from './edgecore-config.ts'
import { RESTART } from './edgecore-config-step.ts'
import { edgemeshDnsProblem } from './edgemesh-dns.ts'
import { joinDiagnosis, metaServerGet, metaServerServices, tokenRefused, wantsEdgeMesh } from './join.ts'
import { portsOf, replaceLostPods } from './lost-pods.ts'

/** A service that was started before one of its files was laid down runs on what was there before. */
const EDGECORE_FILES = ['/usr/local/bin/edgecore', EDGECORE_UNIT_FILE.to]
const STATE = '/var/lib/kubeedge'

/** Starts EdgeCore and waits until the node really is joined (G44). */
export function joinStep(context: EdgeContext): Step {
  const { host, ledger, runtime, settings } = context
  return {
    id: 'join',
    title: { en: 'start EdgeCore and join the cluster', zh: '启动 EdgeCore 并加入集群' },
    check: async () =>
      (await isEnabled(host, EDGECORE_UNIT)) &&
      (await isActive(host, EDGECORE_UNIT)) &&
      (await startedAfter(host, EDGECORE_UNIT, EDGECORE_FILES)) &&
      !(await isMarked(host, RESTART)) &&
      (await hasCertificate(host, settings.nodeName)) &&
      ((await metaServerServices())?.length ?? 0) > 0 &&
      (!(await wantsEdgeMesh()) || (await edgemeshUp(context)) === true),
    async apply() {
      const isJoined = await hasCertificate(host, settings.nodeName)
      const isStale = (await isMarked(host, RESTART)) && (await isActive(host, EDGECORE_UNIT))
      if (isStale) await restartUnit(host, EDGECORE_UNIT)
      await runUnit(host, EDGECORE_UNIT, EDGECORE_FILES)
      await unmark(host, RESTART)
      // A joined edge needs its cloud for nothing of what was just laid down, and goes on with it by itself.
      if (isJoined && (await isCloudAway(settings))) return context.report(cloudAway(settings))
      await certificate(context)
      await services(context)
      // EdgeCore has rewritten its file by now, and may have widened its mode (KubeEdge edge/cmd/edgecore/app/server.go).
      await chmod(onHost(host, EDGECORE_CONFIG), 0o600)
      await edgemesh(context)
    },
    async undo() {
      await stopUnit(host, EDGECORE_UNIT)
      await endProcesses(host, { programs: ['/usr/local/bin/edgecore'] })
      if (runtime.kind === 'existing') await removePods(host, ledger, runtime.ctr)
    },
  }
}

function servicesOf({ host, runtime }: EdgeContext): Services {
  return { host, units: runtime.kind === 'bundled' ? [CONTAINERD_UNIT, EDGECORE_UNIT] : [EDGECORE_UNIT] }
}

/** Milliseconds for which words of an EdgeCore that is being restarted, with an older token, are not listened to. */
const SETTLING = 5000

async function certificate(context: EdgeContext): Promise<void> {
  const { host, settings } = context
  const start = host.now() + SETTLING
  const ports = `${settings.hubPort}, ${settings.hubPort + HTTPS_AFTER_HUB}`
  await waitUntil({
    ...context,
    disk: { host, folder: STATE },
    services: servicesOf(context),
    id: 'certificate',
    what: { en: `the certificate from ${settings.cloudHost}`, zh: `来自 ${settings.cloudHost} 的证书` },
    deadline: 120,
    look: async () => {
      if (await hasCertificate(host, settings.nodeName)) return true
      const refused = tokenRefused(await unitLogSince(host, EDGECORE_UNIT, start))
      if (refused !== undefined) return { hopeless: refused }
      return joinDiagnosis(await unitLog(host, EDGECORE_UNIT, 40), settings.hubPort)
    },
    words: () => unitLog(host, EDGECORE_UNIT),
    fix: {
      en: `check the token, and that ports ${ports} of the cloud are open`,
      zh: `请检查令牌以及云端 ${ports} 端口`,
    },
  })
}

async function services(context: EdgeContext): Promise<void> {
  const { host, settings } = context
  await waitUntil({
    ...context,
    disk: { host, folder: STATE },
    services: servicesOf(context),
    id: 'metaserver',
    what: { en: "metaServer answers with the cluster's services", zh: 'metaServer 返回集群服务' },
    deadline: 180,
    look: async () =>
      ((await metaServerServices()) ?? []).length > 0 ||
      joinDiagnosis(await unitLog(host, EDGECORE_UNIT, 40), settings.hubPort),
    words: () => unitLog(host, EDGECORE_UNIT),
    fix: {
      en: 'see journalctl -u edgecore, and CloudCore on the cloud',
      zh: '查看 journalctl -u edgecore 以及云端 CloudCore',
    },
  })
}

/** Waits for EdgeMesh's agent where the cloud has EdgeMesh. */
async function edgemesh(context: EdgeContext): Promise<void> {
  const { host, settings, report } = context
  if (!(await wantsEdgeMesh())) {
    const text = {
      en: 'the cloud was installed without EdgeMesh: pods of this node do not resolve services',
      zh: '云端未安装 EdgeMesh：本节点的 Pod 无法解析集群服务',
    }
    report({ type: 'note', level: 'warning', text })
    return registered(context)
  }
  const replaceLost = replaceLostPods(portsOf(host, context.runtime.ctr, settings.nodeName))
  await waitUntil({
    ...context,
    disk: { host, folder: STATE },
    services: servicesOf(context),
    id: 'edgemesh',
    what: { en: "EdgeMesh's agent runs and its DNS answers", zh: 'EdgeMesh agent 运行且 DNS 应答' },
    deadline: 240,
    look: async () => {
      const seen = await edgemeshUp(context)
      if (seen === true) return seen
      for (const pod of await replaceLost()) report(madeAnew(pod))
      return (await evicting(context)) ?? seen
    },
    words: () => unitLog(host, EDGECORE_UNIT),
    fix: {
      en: `on the cloud: kubectl -n kubeedge get pods -o wide --field-selector spec.nodeName=${settings.nodeName}`,
      zh: `在云端执行：kubectl -n kubeedge get pods -o wide --field-selector spec.nodeName=${settings.nodeName}`,
    },
  })
}

/** What EdgeCore's kubelet says when all that it could delete was not enough (Kubernetes pkg/kubelet/eviction). */
const EVICTS = 'Eviction manager: must evict pod(s) to reclaim'

/** Whether EdgeCore takes no pods since too little of a disk is free: for five minutes after each look at it. */
async function evicting({ host, directory }: EdgeContext): Promise<Hopeless | undefined> {
  const [pressure] = diskPressure(await placeFacts(host, directory), 'edge')
  if (pressure === undefined || !(await unitLog(host, EDGECORE_UNIT, 400)).includes(EVICTS)) return undefined
  const why = joinTexts([pressureSeen(pressure), pressureMatters(pressure, 'edge')], '; ')
  return { hopeless: why, fix: pressureFix(pressure) }
}

/** Whether CloudHub's ports cannot be reached, one by one: either is needed. */
async function isCloudAway({ cloudHost, hubPort }: EdgeSettings): Promise<boolean> {
  const states = await Promise.all(
    [hubPort, hubPort + HTTPS_AFTER_HUB].map((port) => portState(cloudHost, port)),
  )
  return states.some((state) => state !== 'open')
}

function cloudAway({ cloudHost }: EdgeSettings): WorkEvent {
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
function registered(context: EdgeContext): Promise<void> {
  const { host, settings } = context
  return waitUntil({
    ...context,
    services: servicesOf(context),
    id: 'registered',
    what: { en: `the cloud has node ${settings.nodeName}`, zh: `云端已登记节点 ${settings.nodeName}` },
    deadline: 120,
    look: async () =>
      (await metaServerGet(`/api/v1/nodes/${settings.nodeName}`)) !== undefined ||
      joinDiagnosis(await unitLog(host, EDGECORE_UNIT, 40), settings.hubPort),
    words: () => unitLog(host, EDGECORE_UNIT),
    fix: { en: 'see journalctl -u edgecore', zh: '查看 journalctl -u edgecore' },
  })
}

async function edgemeshUp(context: EdgeContext): Promise<true | Text> {
  if (!(await agentRuns(context))) {
    return { en: 'its pod is not running on this node', zh: '其 Pod 未在本节点运行' }
  }
  const problem = await edgemeshDnsProblem(context.host)
  return (
    problem === undefined || { en: `its pod runs, but ${problem.en}`, zh: `其 Pod 已运行，但 ${problem.zh}` }
  )
}

/** Whether a container of EdgeMesh's agent has a running task, by containerd's own word. */
async function agentRuns({ host, manifest, runtime }: EdgeContext): Promise<boolean> {
  const agent = manifest.images.find((image) => image.reference.includes('edgemesh-agent'))?.reference
  if (agent === undefined) return true
  const [command, ...args] = runtime.ctr
  const containers = await mustExec(host.exec, command, [...args, 'containers', 'ls']).catch(() => '')
  const ids = containers
    .split('\n')
    .filter((line) => line.includes(agent))
    .map((line) => line.split(/\s/, 1)[0] ?? '')
  const tasks = await mustExec(host.exec, command, [...args, 'tasks', 'ls']).catch(() => '')
  return tasks
    .split('\n')
    .some((line) => line.includes('RUNNING') && ids.includes(line.split(/\s/, 1)[0] ?? '-'))
}
