import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { meshKubeconfig } from '../mesh/kubeconfig.ts'
import { MESH_KUBECONFIG, MESH_STATE } from '../mesh/places.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { meshRefresh } from './mesh-refresh.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

/** Runs until it has said something, as systemd stops it. */
async function run() {
  const stop = new AbortController()
  let said = ''
  const write = (text: string): boolean => {
    said += text
    setTimeout(() => stop.abort(), 200) // the state is written after the line
    return true
  }
  const context = { signal: stop.signal, streams: { stdout: { write }, stderr: { write } } }
  const result = await meshRefresh(on.host, context)
  return { said, result }
}

it.each([
  ['missing', undefined],
  ['empty, as a power loss leaves it', ''],
  ['cut off', meshKubeconfig({ server: 'https://127.0.0.1:6443', ca: '', token: 'secret' }).slice(0, 200)],
  ['without a token', meshKubeconfig({ server: 'https://127.0.0.1:6443', ca: '', token: '' })],
])('says what to do where its kubeconfig is %s', async (_what, text) => {
  if (text !== undefined) await on.put(MESH_KUBECONFIG, text, 0o600)
  await expect(run()).rejects.toMatchObject({
    code: 'STEP_FAILED',
    what: { en: `${MESH_KUBECONFIG} is missing or damaged`, zh: expect.stringContaining(MESH_KUBECONFIG) },
    fix: { en: 'run ./install.sh on this node' },
  })
})

it('asks the API with its token, tells the journal and its state file of a refusal, and ends when it is stopped', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization)
    response.writeHead(403).end('not for you')
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  try {
    const { port } = server.address() as AddressInfo
    const access = { server: `http://127.0.0.1:${port}`, ca: '', token: 'secret' }
    await on.put(MESH_KUBECONFIG, meshKubeconfig(access), 0o600)
    await on.put(MESH_STATE) // systemd makes its folder
    const { said, result } = await run()
    expect(said).toMatch(/^cannot work: GET .*: HTTP 403 not for you\n$/)
    expect(said).not.toContain('secret')
    expect(asked[0]).toBe('Bearer secret')
    expect(JSON.parse((await on.text(MESH_STATE)) ?? '')).toMatchObject({
      error: expect.stringContaining('HTTP 403'),
    })
    expect(result).toMatchObject({ document: {} })
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})
