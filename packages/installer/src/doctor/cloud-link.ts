import { joinTexts, type Text } from '@edgelift/core'
import { type CloudFacts, cloudFacts, RELAY_PORT } from '../inspect/cloud-facts.ts'
import { isHubConnected, SS_SILENT } from '../kubeedge/hub-connection.ts'
import type { Facts } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { lastError } from '../node/last-words.ts'
import type { PortState } from '../node/port-state.ts'
import { unitRunLog } from '../node/units.ts'
import { linkFindings } from '../preflight/cloud-findings.ts'
import type { Finding } from '../preflight/finding.ts'
import { commandOnEdges } from '../preflight/moved-address.ts'
import { reachFindings } from '../preflight/reach-findings.ts'
import { nodeNameOf } from '../settings/edge.ts'
import type { EdgeSettings } from '../settings/schema.ts'
import { isOfClock } from './clocks.ts'
import { isDoctorCode } from './codes.ts'
import type { Diagnosis } from './diagnosis.ts'
import { notFoundOut } from './probe.ts'

const CONNECTION = {
  en: 'whether EdgeCore is connected to its cloud',
  zh: 'EdgeCore 是否已连接云端',
} as const

/** What separates this edge from its cloud: the network, clocks and certificates, or EdgeCore itself. */
export async function cloudLink(host: Host, settings: EdgeSettings, facts: Facts): Promise<Diagnosis[]> {
  if (settings.cloud === undefined) return []
  const { host: cloudHost, hubPort } = settings.cloud
  const nodeName = nodeNameOf(settings, facts)
  const cloud = await cloudFacts({
    host: cloudHost,
    hubPort,
    nodeName,
    caHash: facts.joinedCa,
    now: host.now,
  })
  const found = unreachable(cloud)
  const ahead = cloud.clockOffset === undefined ? {} : { ahead: -cloud.clockOffset * 1000 }
  for (const one of linkFindings(cloud, facts.joinedCa).flatMap(asDiagnosis))
    found.push(one.code === 'CLOCK_DIFFERS' ? { ...one, ...ahead } : one)
  const isConnected = await isHubConnected(host, hubPort)
  if (isConnected === undefined) found.push({ ...notFoundOut(CONNECTION, SS_SILENT), severity: 'warning' })
  if (isConnected === false)
    found.push(disconnected(cloudHost, lastError(await unitRunLog(host, 'edgecore.service', 100))))
  return found
}

const STATES: Readonly<
  Record<Exclude<PortState, 'open'>, { seen: Text; cause: Text; fix: (host: string) => Text }>
> = {
  refused: {
    seen: { en: 'connection refused', zh: '连接被拒绝' },
    cause: {
      en: 'the machine is up, and CloudCore does not run on it; or the address belongs to another machine',
      zh: '机器在线，但 CloudCore 未运行；或该地址属于其他机器',
    },
    fix: () => ({ en: 'on the cloud: ./edgelift doctor', zh: '在云端执行 ./edgelift doctor' }),
  },
  silent: {
    seen: { en: 'no response', zh: '无响应' },
    cause: {
      en: 'the cloud is off, a firewall drops the packets, or the address is wrong',
      zh: '云端未开机、数据包被防火墙丢弃，或地址有误',
    },
    fix: (host) => ({
      en: `ping ${host}; open these ports on the way`,
      zh: `ping ${host}；请开放沿途的这些端口`,
    }),
  },
  unreachable: {
    seen: { en: 'no route', zh: '没有路由' },
    cause: {
      en: "the cable, this machine's address or its routes: no packet gets there",
      zh: '网线、本机地址或路由有问题，数据包无法到达',
    },
    fix: (host) => ({ en: `ip route get ${host}; ip addr`, zh: `ip route get ${host}；ip addr` }),
  },
}

/** One finding while CloudHub's port is closed, whatever else follows from it; else those of the ports beside it. Pure. */
export function unreachable(cloud: CloudFacts): Diagnosis[] {
  const { host, resolved, ports } = cloud
  const wrong: Text = {
    en: `. If the address is wrong: ${commandOnEdges(undefined).en}`,
    zh: `。若地址有误：${commandOnEdges(undefined).zh}`,
  }
  if (!resolved)
    return [
      {
        code: 'CLOUD_UNREACHABLE',
        problem: 'P6',
        seen: { en: `cannot resolve ${host}`, zh: `无法解析主机名 ${host}` },
        cause: {
          en: 'no nameserver knows it, and /etc/hosts does not list it',
          zh: '没有 nameserver 能解析，/etc/hosts 中也没有',
        },
        fix: { en: `add a line for ${host} to /etc/hosts`, zh: `请在 /etc/hosts 中添加 ${host}` },
      },
    ]
  const own = ports.filter(({ port }) => port !== RELAY_PORT)
  const [hub] = own
  if (hub === undefined) return []
  if (hub.state === 'open') return reachFindings({ ...cloud, ports: own }).map(besideHub)
  const { cause, fix } = STATES[hub.state]
  const seen = Object.entries(STATES).flatMap(([state, words]) => {
    const list = own.filter((one) => one.state === state).map(({ port }) => port)
    return list.length === 0
      ? []
      : [{ en: `${list.join(', ')}: ${words.seen.en}`, zh: `${list.join('、')}：${words.seen.zh}` }]
  })
  const all = joinTexts(seen, '; ')
  return [
    {
      code: 'CLOUD_UNREACHABLE',
      problem: 'P6',
      seen: { en: `${host} TCP ${all.en}`, zh: `${host} TCP ${all.zh}` },
      cause: {
        en: `${cause.en}. This edge keeps what runs, starts nothing new after a boot, and goes on by itself once the cloud is back`,
        zh: `${cause.zh}。本边缘节点会保留正在运行的 Pod，重启后不会启动新的 Pod；云端恢复后自动继续`,
      },
      fix: { en: `${fix(host).en}${wrong.en}`, zh: `${fix(host).zh}${wrong.zh}` },
      // A cloud that refuses was reached.
      ...(hub.state === 'refused' ? {} : { mayFollow: ['NODE_IP_FOREIGN'] }),
    },
  ]
}

/** A port that is closed while CloudHub's is open: the cloud is there, and only what that port is for does not work. */
function besideHub({ seen, matters, fix }: Finding): Diagnosis {
  return {
    code: 'CLOUD_UNREACHABLE',
    severity: 'warning',
    problem: 'P6',
    seen,
    cause: matters,
    fix,
    brings: [],
  }
}

export function disconnected(cloudHost: string, words: string | undefined): Diagnosis {
  return {
    code: 'CLOUD_DISCONNECTED',
    problem: 'P6',
    seen: {
      en: `EdgeCore has no connection to ${cloudHost}: what metaServer lists comes from its cache`,
      zh: `EdgeCore 未与 ${cloudHost} 建立连接：metaServer 返回的是缓存内容`,
    },
    cause: {
      en: 'CloudHub refused it, or EdgeCore is about to connect again',
      zh: 'CloudHub 拒绝了连接，或 EdgeCore 正在重连',
    },
    fix: {
      en: 'wait a minute and run it again; then: journalctl -u edgecore, and on the cloud ./edgelift doctor',
      zh: '等待一分钟后重新执行；仍未恢复时查看 journalctl -u edgecore，并在云端执行 ./edgelift doctor',
    },
    ...(words === undefined ? {} : { words }),
    ...(isOfClock(words) ? { mayFollow: ['CLOCK_DIFFERS'] } : {}),
  }
}

/** A finding about the cloud, said as doctor says it. */
function asDiagnosis({ code, seen, matters, fix }: Finding): Diagnosis[] {
  return isDoctorCode(code) ? [{ code, seen, cause: matters, fix }] : []
}
