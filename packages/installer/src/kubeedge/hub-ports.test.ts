import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hubPortState } from './hub-ports.ts'

let server: Server
let port: number

beforeEach(async () => {
  server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())))

it('waits for a CloudCore that starts', async () => {
  server.close()
  const asked = hubPortState('127.0.0.1', port)
  setTimeout(() => server.listen(port, '127.0.0.1'), 300)
  expect(await asked).toBe('open')
})

it('says that nothing listens when nothing has come', async () => {
  server.close()
  expect(await hubPortState('127.0.0.1', port, 0.3)).toBe('refused')
})
