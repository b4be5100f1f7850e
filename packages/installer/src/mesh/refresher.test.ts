import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openApi } from './api.ts'
import { refreshMesh } from './refresher.ts'
import type { MeshState } from './state.ts'

/** An API server with one CloudCore whose log the test writes. */
let server: Server
let asked: string[]
let log: ServerResponse | undefined
let container: string
let refuses: boolean
/** What a change waits for. */
let held: Promise<void> | undefined
let stop: AbortController
let states: MeshState[]
let running: Promise<void>

beforeEach(async () => {
  asked = []
  states = []
  log = undefined
  container = 'containerd://1'
  refuses = false
  held = undefined
  stop = new AbortController()
  server = createServer(async (request, answer) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    const [path = '', query = ''] = (request.url ?? '').split('?')
    if (request.headers.authorization !== 'Bearer secret' || refuses)
      return void answer.writeHead(403).end('no')
    if (request.method === 'PATCH') {
      asked.push(`${path.split('/').slice(-4).join('/')} ${body}`)
      await held
      return void answer.writeHead(path.endsWith('/gone') ? 404 : 200).end('{}')
    }
    if (path.endsWith('/log')) {
      asked.push(`log ${new URLSearchParams(query).has('sinceTime') ? 'goes on' : 'from its start'}`)
      log = answer
      answer.writeHead(200)
      return void answer.flushHeaders()
    }
    answer.end(JSON.stringify({ items: itemsOf(path) }))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
})
afterEach(async () => {
  stop.abort()
  await running
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
})

function itemsOf(path: string): unknown[] {
  const state = { running: { startedAt: '2026-11-28T08:00:00Z' } }
  if (path.endsWith('/pods')) {
    const status = { containerStatuses: [{ name: 'cloudcore', containerID: container, state }] }
    return [{ metadata: { name: 'cloudcore-1' }, status }]
  }
  if (path.endsWith('/nodes')) return [{ metadata: { name: 'edge-1' } }]
  return ['web', 'gone'].map((name) => ({ metadata: { name, namespace: 'shop' } }))
}

function start() {
  const { port } = server.address() as AddressInfo
  const access = { server: `http://127.0.0.1:${port}`, ca: '', token: 'secret' }
  const keep = async (state: MeshState) => void states.push(state)
  const api = openApi(access, stop.signal)
  running = refreshMesh({ api, say: () => undefined, keep, signal: stop.signal })
}

const CONNECTED = 'edge node edge-1 for project e connected\n'
const HANDLER = 'prepare a new resourceEventHandler(/v1, Resource=endpoints)\n'

it('opens watches on the edge, and has every Endpoints object sent once CloudCore has a handler', async () => {
  start()
  await expect
    .poll(() => asked)
    .toContain('kubeedge/deployments/edgelift-mesh-refresh/scale {"spec":{"replicas":1}}')
  log?.write(CONNECTED + HANDLER.slice(0, 20))
  log?.write(HANDLER.slice(20))
  const sent = () =>
    asked.filter((line) => line.includes('endpoints/')).map((line) => line.replace(/"\d.*Z"/, 'TIME'))
  await expect
    .poll(sent, { timeout: 5000 })
    .toEqual(
      [
        'shop/endpoints/web {"metadata":{"annotations":{"edgelift.io/refreshed":TIME}}}',
        'shop/endpoints/gone {"metadata":{"annotations":{"edgelift.io/refreshed":TIME}}}',
      ].map((line) => `namespaces/${line}`),
    )
  expect(asked.some((line) => line.includes('"replicas":0'))).toBe(true)
  await expect.poll(() => states.at(-1)).toMatchObject({ back: ['edge-1'], awaited: [], refreshes: 1 })
})

it('goes on with a log that broke off, and starts over with another CloudCore', async () => {
  start()
  await expect.poll(() => log).toBeDefined()
  log?.write(CONNECTED)
  await expect.poll(() => asked.some((line) => line.includes('scale'))).toBe(true)
  log?.end()
  await expect.poll(() => asked, { timeout: 10_000 }).toContain('log goes on')
  container = 'containerd://2'
  log?.end()
  const logs = () => asked.filter((line) => line.startsWith('log'))
  await expect
    .poll(logs, { timeout: 10_000 })
    .toEqual(['log from its start', 'log goes on', 'log from its start'])
})

it('goes on when the log breaks off in the middle of a request', async () => {
  let release = () => {}
  held = new Promise((resolve) => {
    release = resolve
  })
  start()
  await expect.poll(() => asked.some((line) => line.includes('scale'))).toBe(true)
  log?.destroy()
  await new Promise((later) => setTimeout(later, 100))
  release()
  const logs = () => asked.filter((line) => line.startsWith('log')).length
  await expect.poll(logs, { timeout: 10_000 }).toBe(2)
})

it('tells why it cannot work, and that it can again', async () => {
  refuses = true
  start()
  await expect.poll(() => states.at(-1)?.error).toMatch(/GET .*pods.*HTTP 403/)
  refuses = false
  await expect.poll(() => states.at(-1)?.error ?? 'none', { timeout: 10_000 }).toBe('none')
})
