import type { Exec } from '@edgelift/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { metaServerTrial } from '../testing/meta-server.ts'
import { trial } from '../testing/trial.ts'
import { EDGECORE_CONFIG } from './edgecore-config.ts'
import type { NodeIdentity } from './node-identity.ts'
import { firstOther, hasMadeNode, otherMachine, shiftReports, soleMachine } from './sole-machine.ts'

const own: NodeIdentity = { name: 'edge', machineId: 'a', address: '10.0.0.2' }
const other: NodeIdentity = { name: 'edge', machineId: 'b', address: '10.0.0.3' }

/** @param seen second by second; the last one stays */
type Seen = NodeIdentity | 'silent' | undefined
async function watched(by: typeof otherMachine, seen: readonly Seen[]) {
  let seconds = 0
  const look = async () => seen[Math.min(seconds, seen.length - 1)]
  const pause = async () => {
    seconds += 1
  }
  return { by: await by({ own, look, pause }), seconds }
}
const found = (...seen: Seen[]) => watched(otherMachine, seen)

it('is content at once with a Node that holds its own report, or with none', async () => {
  expect(await found(own)).toEqual({ by: undefined, seconds: 0 })
  expect(await found(undefined)).toEqual({ by: undefined, seconds: 0 })
})

it('takes an older report of this machine for what it is, once its own one stands', async () => {
  expect(await found({ ...own, address: '10.0.0.9' }, own)).toEqual({ by: undefined, seconds: 12 })
})

it.each([
  ['that is always the last to report', [other]],
  ['with its machine-id and another address', [{ ...own, address: '10.0.0.3' }]],
  ['that reports by turns with it', [other, own, own, other, own, other]],
])('finds another machine %s', async (_what, seen) => {
  expect((await found(...seen)).by).toEqual(seen[0])
})

describe('a metaServer that is silent', () => {
  const silent = (count: number) => Array.from({ length: count }, () => 'silent' as const)

  it('is waited for, and is no word that nobody else has the name', async () => {
    expect(await found(...silent(9), own)).toEqual({ by: undefined, seconds: 9 })
    expect(await found(...silent(3), other)).toMatchObject({ by: other })
    expect(await found('silent')).toEqual({ by: 'unknown', seconds: 10 })
  })

  it('does not confirm this machine after another one was seen', async () => {
    expect((await found(other, 'silent')).by).toEqual(other)
    expect((await found(other, ...silent(9), own)).by).toBeUndefined()
  })

  it('leaves an older address of this machine undecided', async () => {
    expect((await found({ ...own, address: '10.0.0.9' }, 'silent')).by).toBe('unknown')
  })
})

describe('a Node that it did not make', () => {
  let shifts = 0
  const first = (watch: Parameters<typeof otherMachine>[0]) =>
    firstOther(watch, async () => {
      shifts += 1
    })
  beforeEach(() => {
    shifts = 0
  })
  const late = (count: number) => Array.from({ length: count }, () => own)

  it('is watched for as long as two need to report, and its own reports are shifted meanwhile', async () => {
    expect(await watched(first, [undefined, own])).toEqual({ by: undefined, seconds: 33 })
    expect(shifts).toBe(1)
    expect(await watched(first, [...late(30), other, own])).toEqual({ by: other, seconds: 30 })
  })

  it('is not watched any longer once another machine is seen', async () => {
    expect(await watched(first, [own, other, own])).toEqual({ by: other, seconds: 1 })
    expect(shifts).toBe(0)
  })

  it('may hold an address that this machine had before', async () => {
    const older = { ...own, address: '10.0.0.9' }
    expect(await watched(first, [older, own])).toEqual({ by: undefined, seconds: 33 })
    expect((await watched(first, [older])).by).toEqual(older)
  })
})

it('knows from the kubelet’s words who made the Node', () => {
  const attempt = 'I1128 kubelet_node_status.go:75] "Attempting to register node" node="edge"\n'
  const known = 'I1128 kubelet_node_status.go:119] "Node was previously registered" node="edge"\n'
  const done = 'I1128 kubelet_node_status.go:78] "Successfully registered node" node="edge"\n'
  expect([attempt + done, attempt + known + done, attempt, ''].map(hasMadeNode)).toEqual([
    true,
    false,
    false,
    false,
  ])
})

it('tells when EdgeCore does not start again after its reports were shifted', async () => {
  await using on = await trial()
  on.script('systemctl', '')
  on.script('systemctl start edgecore.service', { code: 1, stderr: 'Job failed' })
  await expect(shiftReports(on.host, new AbortController().signal, 0)).rejects.toMatchObject({
    because: { en: 'Job failed' },
  })
})

it('starts EdgeCore again also after a signal, which ends every other program', async () => {
  await using on = await trial()
  const stop = new AbortController()
  on.script('systemctl', '')
  on.script('systemctl stop', () => {
    stop.abort()
    return ''
  })
  const exec: Exec = async (command, args, options) => {
    ;(options?.signal ?? stop.signal).throwIfAborted()
    return on.host.exec(command, args, options)
  }
  await expect(shiftReports({ ...on.host, exec }, stop.signal, 0)).rejects.toMatchObject({
    name: 'AbortError',
  })
  expect(on.calls.at(-1)).toBe('systemctl start edgecore.service')
})

describe('a machine of which another one has the name', () => {
  const nodeOf = (name: string, machineID: string, address: string) => ({
    metadata: { name },
    status: { addresses: [{ type: 'InternalIP', address }], nodeInfo: { machineID } },
  })
  const WORDS = 'I1128 x.go:78] "Successfully registered node" node="edge"\n'

  async function edge(registered: object, { log = WORDS, others = [] as object[] } = {}) {
    const meta = await metaServerTrial()
    const on = await trial({ metaServer: meta.server })
    meta.set('/api/v1/nodes', { items: [registered, ...others] })
    await on.put('/etc/machine-id', 'a\n')
    await on.put(EDGECORE_CONFIG, 'modules: { edged: { nodeIP: 10.0.0.2 } }\n')
    on.script('systemctl', '')
    on.script('systemctl show -p InvocationID edgecore.service', 'InvocationID=the-run')
    on.script('journalctl', log)
    const run = { ...(await on.run()), signal: AbortSignal.timeout(2000) }
    const look = (isNew: boolean) => soleMachine(run, { nodeName: 'edge', isNew })
    const stopped = () => on.calls.includes('systemctl stop edgecore.service')
    const end = async () => {
      await meta[Symbol.asyncDispose]()
      await on[Symbol.asyncDispose]()
    }
    return { on, meta, look, stopped, [Symbol.asyncDispose]: end }
  }

  it('is refused where it joins now, and leaves the name to the other one', async () => {
    const known = 'I1128 x.go:119] "Node was previously registered" node="edge"\n'
    await using it = await edge(nodeOf('edge', 'b', '10.0.0.3'), { log: known + WORDS })
    await expect(it.look(true)).rejects.toMatchObject({
      code: 'NODE_NAME_SHARED',
      what: { en: expect.stringContaining('10.0.0.3, machine-id b') },
      because: { en: expect.stringContaining('10.0.0.2, machine-id a') },
    })
    expect(it.stopped()).toBe(true)
  })

  it('goes on where its EdgeCore made the Node: the other one has to leave', async () => {
    await using it = await edge(nodeOf('edge', 'b', '10.0.0.3'))
    await it.look(true)
    expect(it.stopped()).toBe(false)
  })

  it('is told of a cloned disk: its machine-id under another name', async () => {
    const others = [nodeOf('twin', 'a', '10.0.0.4'), nodeOf('third', 'c', '10.0.0.5')]
    await using it = await edge(nodeOf('edge', 'a', '10.0.0.2'), { others })
    await it.look(false)
    expect(it.on.events).toMatchObject([
      { level: 'warning', text: { en: expect.stringContaining('of twin:') } },
    ])
  })

  it('is not excluded while metaServer is silent on a rejoin: it is watched for', async () => {
    await using it = await edge(nodeOf('edge', 'a', '10.0.0.2'))
    for (const list of [undefined, { items: [] }]) {
      it.meta.set('/api/v1/nodes', list)
      await expect(it.look(false)).rejects.toMatchObject({ name: 'AbortError' })
    }
    expect(it.on.events).toContainEqual(expect.objectContaining({ type: 'wait', id: 'machine' }))
  })

  it('is not looked for where this machine has no machine-id', async () => {
    await using it = await edge(nodeOf('edge', 'b', '10.0.0.3'))
    await it.on.put('/etc/machine-id', '')
    await it.look(true)
    expect(it.on.calls).toEqual([])
  })
})
