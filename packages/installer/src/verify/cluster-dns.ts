import { connect } from 'node:net'
import { same, type Text } from '@edgelift/core'
import { z } from 'zod'
import { listOf } from '../kube/list.ts'
import { META_SERVER } from '../kubeedge/edgecore-config.ts'
import { metaServerList } from '../kubeedge/meta-server.ts'
import type { Host } from '../node/host.ts'
import { type Check, NO_KUBE_DNS, type Skipped } from './check.ts'

const Services = listOf(
  z.object({
    metadata: z.object({ name: z.string() }),
    spec: z.object({ clusterIP: z.string().optional() }), // an ExternalName has none
  }),
)

/**
 * The functional test of a node without a kubeconfig: a question over TCP to the cluster's own DNS, whose pods run in the cloud.
 * Only EdgeMesh can carry it there and back. A metaServer that lists the Service kubernetes, which every cluster has, and no
 * kube-dns speaks of a cluster without one.
 */
export const clusterDnsCheck = (host: Host): Check => ({
  id: 'functional',
  edgemesh: true,
  title: { en: 'a service in the cloud responds through EdgeMesh', zh: '云端 Service 可经 EdgeMesh 访问' },
  run: async () => {
    const system = await servicesIn(host, 'kube-system')
    if (system === undefined) return { en: `${META_SERVER} does not respond`, zh: `${META_SERVER} 无响应` }
    const dns = system.find(({ metadata }) => metadata.name === 'kube-dns')
    if (dns?.spec.clusterIP !== undefined) return dnsOverTcpProblem(dns.spec.clusterIP)
    const others = (await servicesIn(host, 'default')) ?? []
    return dns === undefined && others.some(({ metadata }) => metadata.name === 'kubernetes')
      ? NO_KUBE_DNS
      : { en: 'metaServer does not list kube-dns', zh: 'metaServer 中没有 kube-dns' }
  },
})

/** Undefined where metaServer does not respond. */
async function servicesIn(host: Host, namespace: string) {
  const list = Services.safeParse(await metaServerList(host, `/api/v1/namespaces/${namespace}/services`)).data
  return list && (list.items ?? [])
}

const TIMEOUT = 15_000 // milliseconds: the first dial through a relay takes some seconds

const NO_ROUTE: Skipped = {
  skipped: {
    en: 'cannot be tried from this host: without a default route it cannot connect to services (pods can). To try it, add a route as ./install.sh --dry-run says under NO_DEFAULT_ROUTE',
    zh: '无法从本机测试：没有默认路由，主机无法连接 Service（Pod 不受影响）。如需测试，请按 ./install.sh --dry-run 中 NO_DEFAULT_ROUTE 的提示添加路由',
  },
}

/** Asks for the root's name servers (RFC 1035, 4.2.2: a length before each message); any reply will do. */
export function dnsOverTcpProblem(address: string, port = 53): Promise<Text | Skipped | undefined> {
  const id = 0x6564
  const question = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: TIMEOUT })
    let reply = Buffer.alloc(0)
    const end = (problem?: Text | Skipped) => {
      socket.destroy()
      if (problem === undefined || 'skipped' in problem) return resolve(problem)
      const place = `kube-dns (${address}:${port})`
      resolve({ en: `${place}: ${problem.en}`, zh: `${place}：${problem.zh}` })
    }
    socket.on('connect', () => socket.write(Buffer.concat([Buffer.from([0, question.length]), question])))
    socket.on('data', (bytes) => {
      reply = Buffer.concat([reply, bytes])
      if (reply.length >= 4)
        end(reply.readUInt16BE(2) === id ? undefined : { en: 'not a DNS reply', zh: '不是 DNS 响应' })
    })
    socket.on('timeout', () =>
      end({ en: `no reply within ${TIMEOUT / 1000} s`, zh: `${TIMEOUT / 1000} 秒内无响应` }),
    )
    socket.on('error', (error) => end(connectionProblem(error)))
    socket.on('close', () =>
      end({ en: 'the connection was closed without a reply', zh: '连接被关闭，没有响应' }),
    )
  })
}

/** What it means that this host cannot connect to a service. */
export function connectionProblem(error: NodeJS.ErrnoException): Text | Skipped {
  switch (error.code) {
    case 'ENETUNREACH':
      return NO_ROUTE
    case 'ECONNREFUSED':
      return { en: 'connection refused', zh: '连接被拒绝' }
    case 'ECONNRESET':
      return { en: 'the connection was reset', zh: '连接被重置' }
    case 'EHOSTUNREACH':
      return { en: 'its host is unreachable', zh: '其主机不可达' }
    case 'ETIMEDOUT':
      return { en: 'no response', zh: '无响应' }
    case 'EPERM':
    case 'EACCES':
      return { en: 'a firewall on this host forbids it', zh: '被本机防火墙禁止' }
    default:
      return same(error.message)
  }
}
