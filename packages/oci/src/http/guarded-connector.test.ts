import { createServer } from 'node:net'
import { buildConnector } from 'undici'
import { expect, it } from 'vitest'
import { guardedConnector } from './guarded-connector.ts'

it('makes an assertion of undici in a socket event the end of that connection, not of the process', async () => {
  const server = createServer((socket) => socket.end('x'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const failed = await new Promise<unknown>((resolve, reject) => {
    const target = { hostname: '127.0.0.1', host: `127.0.0.1:${port}`, protocol: 'http:', port: String(port) }
    guardedConnector(buildConnector({}))(target, (error, socket) => {
      if (socket === null) return reject(error)
      socket.on('error', resolve)
      socket.on('end', () => {
        throw Object.assign(new Error('false == true'), { code: 'ERR_ASSERTION' })
      })
      return socket.resume()
    })
  })
  expect(failed).toMatchObject({ code: 'ERR_ASSERTION' })
  await new Promise((resolve) => server.close(resolve))
})

it.each([
  ['192.0.2.1', undefined],
  ['2001:db8::1', undefined],
  ['[2001:db8::1]', undefined],
  ['proxy.example', 'proxy.example'],
])('names a server to TLS by its name only: %s', (servername, named) => {
  const seen: unknown[] = []
  const connect = guardedConnector((target) => void seen.push(target.servername))
  connect({ hostname: servername, protocol: 'https:', port: '443', servername }, () => {})
  expect(seen).toEqual([named])
})
