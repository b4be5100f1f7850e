import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { RELAY_PORT } from '../inspect/cloud-facts.ts'
import { hasEdgemeshLink } from '../kubeedge/edgemesh-dns.ts'
import { REPEAT, refreshByHand } from '../kubeedge/stale-endpoints.ts'
import { announceWatches } from '../kubeedge/watches.ts'
import { ask, type Host, onHost } from '../node/host.ts'
import { type PortState, portState } from '../node/port-state.ts'
import { unitRunLog } from '../node/units.ts'
import type { Explanation } from './check.ts'

const PATIENCE = 5000 // milliseconds for the relay's port
const LINES = 400 // of the agent's log: some minutes

/** What is known when a service of the cloud does not respond on an edge. */
interface TunnelFacts {
  readonly relay: { readonly host: string; readonly port: PortState }
  /** EdgeMesh's own log on this node, the newest lines. */
  readonly agentLog: string
  readonly edgecoreLog: string
}

/** Why a service of the cloud does not respond on this edge. */
export async function explainTunnel(host: Host, cloudHost: string): Promise<Explanation> {
  if ((await hasEdgemeshLink(host)) === false) return NO_LINK
  const found = tunnelExplanation(await tunnelFacts(host, cloudHost))
  // Without it, the fix is lost on a cloud that has restarted.
  if (found.code === 'ENDPOINTS_STALE') await announceWatches()
  return found
}

/** Nothing reaches the agent then, whatever its log says. */
const NO_LINK: Explanation = {
  code: 'LINK_MISSING',
  cause: {
    en: 'edgemesh0 is missing: the agent does not run, or somebody deleted it',
    zh: '缺少网桥 edgemesh0：agent 未运行，或网桥已被删除',
  },
  fix: {
    en: './install.sh: it restarts the agent',
    zh: '执行 ./install.sh，将重启 agent',
  },
}

async function tunnelFacts(host: Host, cloudHost: string): Promise<TunnelFacts> {
  const [port, agentLog, edgecoreLog] = await Promise.all([
    portState(cloudHost, RELAY_PORT, PATIENCE),
    agentLogOf(host),
    unitRunLog(host, 'edgecore.service', LINES),
  ])
  return { relay: { host: cloudHost, port }, agentLog, edgecoreLog }
}

const PODS = '/var/log/pods'

/** The kubelet keeps logs below /var/log/pods/NAMESPACE_POD_UID/CONTAINER/. */
async function agentLogOf(host: Host): Promise<string> {
  const folders = await readdir(onHost(host, PODS)).catch(() => [])
  const own = folders.filter((name) => name.startsWith('kubeedge_edgemesh-agent'))
  if (own.length === 0) return ''
  const places = own.map((name) => path.posix.join(PODS, name, 'edgemesh-agent'))
  const listed = await ask(host, 'find', ...places, '-name', '*.log', '-printf', '%T@ %p\\n')
  const file = newestOf(listed ?? '')
  return file === undefined ? '' : ((await ask(host, 'tail', '-n', String(LINES), file)) ?? '')
}

/** @param listed lines of a file's time and its path; times before and after a clock was set differ in length */
function newestOf(listed: string): string | undefined {
  const files = listed.split('\n').map((line) => line.split(' '))
  return files.toSorted(([a], [b]) => Number(a) - Number(b)).at(-1)?.[1]
}

/** libp2p over connections whose two sides encrypt with different pre-shared keys reads noise. */
const OTHER_KEY =
  /privnet|failed to negotiate security protocol|did not have trailing newline|incoming message was too large/i
/** An agent that dials a pod on another node, which is not there (EdgeMesh pkg/proxy, seen with 1.17.0). */
const DIALLED = /(?:Dial failed|libp2p dial)[^\n]*\{tcp (\S+) (\d+\.\d+\.\d+\.\d+) \d+\}/i
/**
 * EdgeCore drops Endpoints that CloudCore sent without their kind (KubeEdge 1.22.0, seen on running nodes). It has the same
 * words for what passes by without harm: its own Node, namespaces, the options with which its kubelet deletes a pod.
 */
const DROPPED = /Object 'Kind' is missing in '.*("subsets":\[|"endpoints\.kubernetes\.io\/)/

/** Why a service in the cloud does not respond through EdgeMesh, with a fix for each cause. Pure. */
export function tunnelExplanation({ relay, agentLog, edgecoreLog }: TunnelFacts): Explanation {
  if (relay.port !== 'open') return relayClosed(relay)
  if (OTHER_KEY.test(agentLog)) return PSK
  const dialled = agentLog.split('\n').findLast((line) => DIALLED.test(line))
  if (dialled !== undefined || DROPPED.test(edgecoreLog)) return stale(dialled)
  return BROKEN
}

function relayClosed({ host, port }: TunnelFacts['relay']): Explanation {
  const place = `${host} TCP ${RELAY_PORT}`
  const common = { code: 'RELAY_UNREACHABLE' } as const
  if (port === 'refused')
    return {
      ...common,
      cause: {
        en: `${place} refuses connections: no EdgeMesh agent runs there`,
        zh: `${place} 拒绝连接：该节点没有运行 EdgeMesh agent`,
      },
      fix: { en: 'on the cloud: ./edgelift doctor', zh: '在云端执行 ./edgelift doctor' },
    }
  if (port === 'silent')
    return {
      ...common,
      cause: {
        en: `${place} does not respond: a firewall drops the packets`,
        zh: `${place} 无响应：数据包被防火墙丢弃`,
      },
      fix: {
        en: `open TCP ${RELAY_PORT} on the cloud and on the way`,
        zh: `请在云端及沿途开放 TCP ${RELAY_PORT}`,
      },
    }
  return {
    ...common,
    cause: { en: `no route leads to ${place}`, zh: `没有到 ${place} 的路由` },
    fix: { en: `add a route: ip route get ${host}`, zh: `请添加路由：ip route get ${host}` },
  }
}

const PSK: Explanation = {
  code: 'PSK_DIFFERS',
  cause: {
    en: 'the agents reach each other and cannot read each other: one still runs with an older PSK',
    zh: 'agent 之间网络可达但无法解密：其中一个仍在使用旧的 PSK',
  },
  fix: {
    en: 'restart the agents, on the cloud: k3s kubectl -n kubeedge delete pods -l kubeedge=edgemesh-agent',
    zh: '重启 agent，在云端执行 k3s kubectl -n kubeedge delete pods -l kubeedge=edgemesh-agent',
  },
}

function stale(dialled: string | undefined): Explanation {
  const [, node, address] = DIALLED.exec(dialled ?? '') ?? []
  const where =
    address === undefined
      ? { en: '', zh: '' }
      : { en: ` (${address} on ${node})`, zh: `（${node} 上的 ${address}）` }
  return {
    code: 'ENDPOINTS_STALE',
    cause: {
      en: `the tunnel works, and the agent dials pods that are gone${where.en}: after a power loss of the cloud EdgeCore keeps old Endpoints`,
      zh: `隧道正常，但 agent 连接的 Pod 已不存在${where.zh}：云端断电后 EdgeCore 仍保留旧的 Endpoints`,
    },
    fix: {
      en: `on the cloud: ${refreshByHand('k3s kubectl')}; once more after ${REPEAT} s`,
      zh: `在云端执行 ${refreshByHand('k3s kubectl')}；${REPEAT} 秒后再执行一次`,
    },
    ...(dialled === undefined ? {} : { words: dialled.trim() }),
  }
}

const BROKEN: Explanation = {
  code: 'TUNNEL_BROKEN',
  cause: {
    en: "the relay's port is open: the service's pod does not run, or the agents have only just started",
    zh: '中继端口可达：Service 后端的 Pod 未运行，或 agent 刚启动',
  },
  fix: {
    en: 'wait a minute and run it again; on the cloud: ./edgelift verify, which tries a service of its own',
    zh: '等待一分钟后重新执行；在云端执行 ./edgelift verify，它会测试一个新建的 Service',
  },
}
