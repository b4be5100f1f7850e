import { connect } from 'node:net'
import type { Text } from '@edgelift/core'
import { z } from 'zod'
import { metaServerGet } from '../kubeedge/join.ts'
import type { Check } from './check.ts'

const Service = z.object({ spec: z.object({ clusterIP: z.string() }) })

/**
 * The functional test of a node without a kubeconfig: a question over TCP to the cluster's own DNS, a service that every
 * cluster has and whose pods run in the cloud. Only EdgeMesh can carry it there and back.
 */
export const clusterDnsCheck: Check = {
  id: 'functional',
  edgemesh: true,
  title: { en: 'a service in the cloud answers through EdgeMesh', zh: '云端服务可经 EdgeMesh 访问' },
  run: async () => {
    const answer = await metaServerGet('/api/v1/namespaces/kube-system/services/kube-dns')
    const service = Service.safeParse(answer)
    if (!service.success) return { en: 'metaServer knows no kube-dns', zh: 'metaServer 中没有 kube-dns' }
    return dnsOverTcpProblem(service.data.spec.clusterIP)
  },
}

const TIMEOUT = 15_000 // milliseconds: the first dial through a relay takes some seconds

/** Asks for the root's name servers (RFC 1035, 4.2.2: a length before each message); any reply will do. */
export function dnsOverTcpProblem(address: string, port = 53): Promise<Text | undefined> {
  const id = 0x6564
  const question = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: TIMEOUT })
    let reply = Buffer.alloc(0)
    const end = (problem?: string) => {
      socket.destroy()
      const place = `kube-dns (${address}:${port})`
      resolve(problem === undefined ? undefined : { en: `${place}: ${problem}`, zh: `${place}：${problem}` })
    }
    socket.on('connect', () => socket.write(Buffer.concat([Buffer.from([0, question.length]), question])))
    socket.on('data', (bytes) => {
      reply = Buffer.concat([reply, bytes])
      if (reply.length >= 4) end(reply.readUInt16BE(2) === id ? undefined : 'not a DNS reply')
    })
    socket.on('timeout', () => end(`no answer in ${TIMEOUT / 1000} s`))
    socket.on('error', (error) => end(error.message))
    socket.on('close', () => end('the connection was closed without an answer'))
  })
}
