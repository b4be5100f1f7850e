import { createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { metaServerTrial } from '../testing/meta-server.ts'
import { trial } from '../testing/trial.ts'
import { NO_KUBE_DNS } from './check.ts'
import { clusterDnsCheck, connectionProblem, dnsOverTcpProblem } from './cluster-dns.ts'

async function against(serve: (socket: Socket) => void): Promise<string | undefined> {
  const server = createServer(serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    const seen = await dnsOverTcpProblem('127.0.0.1', address.port)
    return seen && ('skipped' in seen ? 'skipped' : seen.en)
  } finally {
    server.close()
  }
}

it('is content with a reply to its question, in pieces too', async () => {
  const answered = await against((socket) => {
    socket.once('data', (question) => {
      expect(question.readUInt16BE(0)).toBe(question.length - 2)
      socket.write(question.subarray(0, 3))
      setTimeout(() => socket.write(question.subarray(3)), 20)
    })
  })
  expect(answered).toBeUndefined()
})

it('is not content with a connection that EdgeMesh takes and drops, nor with something else', async () => {
  expect(await against((socket) => socket.destroy())).toMatch(/closed|reset/)
  expect(await against((socket) => socket.write('HTTP/1.1 400'))).toContain('not a DNS reply')
})

it('is not made where the host has no route to services, which pods do not need', () => {
  expect(connectionProblem(Object.assign(new Error('x'), { code: 'ENETUNREACH' }))).toMatchObject({
    skipped: { en: expect.stringContaining('NO_DEFAULT_ROUTE') },
  })
  expect(connectionProblem(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toMatchObject({
    zh: '连接被拒绝',
  })
})

it.each([
  ['ECONNRESET', '连接被重置'],
  ['EHOSTUNREACH', '其主机不可达'],
  ['ETIMEDOUT', '无响应'],
  ['EPERM', '被本机防火墙禁止'],
  ['EACCES', '被本机防火墙禁止'],
])('says in Chinese, too, why a service cannot be reached: %s', (code, zh) => {
  const error = Object.assign(new Error(`connect ${code} 10.43.0.10:53`), { code })
  expect(connectionProblem(error)).toMatchObject({ en: expect.not.stringContaining(code), zh })
})

it.each([
  ['is silent', undefined, '127.0.0.1:10550 does not respond'],
  ['lists nothing, as Go writes it', { items: null }, 'metaServer does not list kube-dns'],
  [
    'lists a kube-dns without an address',
    { items: [{ metadata: { name: 'kube-dns' }, spec: {} }] },
    'metaServer does not list kube-dns',
  ],
  [
    'lists others alone',
    { items: [{ metadata: { name: 'metrics' }, spec: {} }] },
    'metaServer does not list kube-dns',
  ],
])('says of a metaServer that %s what it does', async (_how, list, expected) => {
  await using meta = await metaServerTrial()
  await using on = await trial({ metaServer: meta.server })
  meta.set('/api/v1/namespaces/kube-system/services', list)
  expect(await clusterDnsCheck(on.host).run()).toMatchObject({ en: expected })
})

it('has nothing to ask in a cluster without kube-dns, as the cloud says it too', async () => {
  await using meta = await metaServerTrial()
  await using on = await trial({ metaServer: meta.server })
  meta.set('/api/v1/namespaces/kube-system/services', { items: [] })
  meta.set('/api/v1/namespaces/default/services', { items: [{ metadata: { name: 'kubernetes' }, spec: {} }] })
  expect(await clusterDnsCheck(on.host).run()).toEqual(NO_KUBE_DNS)
})
