import { chmod, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasMarker, setMarker } from '../state/markers.ts'
import { certificatePair } from '../testing/certificate.ts'
import { type CloudHubTrial, cloudHubTrial } from '../testing/cloud-hub.ts'
import { CONNECTED, type MetaServerTrial, metaServerTrial, nodeList } from '../testing/meta-server.ts'
import { NEVER_LASTS, runsFor } from '../testing/process.ts'
import { apply, check, stoppedAt, type Trial, trial, undo } from '../testing/trial.ts'
import { DAMAGED_DATABASE } from './damaged-database.ts'
import { EDGE_DATABASE } from './edge-database.ts'
import { EDGE_CERTIFICATE, EDGE_KEY, EDGECORE_CONFIG } from './edgecore-config.ts'
import { RESTART } from './edgecore-config-step.ts'
import { join } from './join-step.ts'
import type { JoinInputs } from './join-waits.ts'

const NODES = '/api/v1/nodes'
const pair = certificatePair('system:node:edge-1')

let cloud: CloudHubTrial
beforeAll(async () => {
  cloud = await cloudHubTrial(certificatePair('cloud'), (_request, response) => void response.end())
})
afterAll(() => cloud[Symbol.asyncDispose]())

let meta: MetaServerTrial
let on: Trial
beforeEach(async () => {
  meta = await metaServerTrial()
  on = await trial({ metaServer: meta.server })
  on.script('systemctl', '')
  on.script('systemctl is-enabled', { code: 1, stdout: 'disabled' })
  on.script('systemctl enable', () => {
    on.script('systemctl is-enabled', 'enabled')
    return ''
  })
  on.script('systemctl start', starts)
  on.script('systemctl restart', starts)
  on.script('journalctl', '')
  on.script('ss', CONNECTED)
  const labels = {} // a cloud without EdgeMesh: its agent is tried with the waits
  meta.set('/api/v1/services', {
    items: [{ metadata: { namespace: 'default', name: 'kubernetes', labels } }],
  })
  meta.set(NODES, nodeList('cloud', 'edge-1'))
  await on.put(EDGECORE_CONFIG, 'modules: {}\n', 0o600)
})
afterEach(async () => {
  await on[Symbol.asyncDispose]()
  await meta[Symbol.asyncDispose]()
})

/** An EdgeCore that gets its certificate, and rewrites its file for everybody to read. */
async function starts() {
  on.script('systemctl is-active', 'active')
  await on.put(EDGE_CERTIFICATE, pair.certificate)
  await on.put(EDGE_KEY, pair.key, 0o600)
  await chmod(at(EDGECORE_CONFIG), 0o644)
  meta.set(NODES, nodeList('cloud', 'edge-1'))
  return ''
}

const step = (more: Partial<JoinInputs> = {}) =>
  join({
    nodeName: 'edge-1',
    cloudHost: '127.0.0.1',
    hubPort: cloud.hubPort,
    ctr: ['ctr', '-n', 'k8s.io'],
    socket: '/run/containerd/containerd.sock',
    shared: false,
    agentImage: null,
    ...more,
  })
const at = (file: string) => path.join(on.root, file)
const modeOf = async (file: string) => (await stat(at(file))).mode & 0o777
const warnings = () =>
  on.events.flatMap((event) => (event.type === 'note' && event.level === 'warning' ? [event.text.en] : []))
const verbs = () => on.calls.filter((line) => /^systemctl (re)?start /.test(line))

describe('a new edge', () => {
  it('is joined once it has its certificate and the cloud has its Node, and is so already then', async () => {
    const run = await on.run()
    expect(await check(run, step())).toBe(false)
    await apply(run, step())
    expect(await check(run, step())).toBe(true)
    expect(verbs()).toEqual(['systemctl start --no-block edgecore.service'])
  })

  it('keeps others from its database before EdgeCore opens it, and from its file after that rewrote it', async () => {
    let before: number | undefined
    on.script('systemctl start', async () => {
      before = await modeOf(EDGE_DATABASE)
      return starts()
    })
    await apply(await on.run(), step())
    expect(before).toBe(0o600)
    expect(await modeOf(EDGECORE_CONFIG)).toBe(0o600)
  })

  it('waits for a cloud that is away: without a certificate it is nothing', async () => {
    on.script('systemctl start', '')
    const run = stoppedAt(await on.run(), 'certificate')
    await expect(apply(run, step({ cloudHost: '255.255.255.255' }))).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('is known to an uninstall though EdgeCore did not start, and joins in a second run', async () => {
    on.script('systemctl start', { code: 1, stderr: 'Job failed' })
    const run = await on.run()
    await expect(apply(run, step())).rejects.toMatchObject({ because: { en: 'Job failed' } })
    const recorded = run.all.receipt().steps.flatMap(({ changes }) => changes)
    expect(recorded).toContainEqual(expect.objectContaining({ kind: 'unit', unit: 'edgecore.service' }))
    on.script('systemctl start', starts)
    await apply(run, step())
    expect(await check(run, step())).toBe(true)
  })

  it('keeps in mind that EdgeCore has to read its file again while systemd does not say whether it runs', async () => {
    await setMarker(on.host, RESTART)
    on.script('systemctl is-active', { code: 1, stderr: 'Failed to connect to bus' })
    await expect(apply(await on.run(), step())).rejects.toMatchObject({ code: 'STEP_FAILED' })
    expect(await hasMarker(on.host, RESTART)).toBe(true)
    on.script('systemctl is-active', 'active')
    await apply(await on.run(), step())
    expect(verbs()[0]).toBe('systemctl restart --no-block edgecore.service')
    expect(await hasMarker(on.host, RESTART)).toBe(false)
  })

  it('is taken back by stopping and disabling EdgeCore', async () => {
    const run = await on.run()
    await apply(run, step())
    on.calls.length = 0
    await undo(run)
    expect(on.calls).toContain('systemctl stop edgecore.service')
    expect(on.calls).toContain('systemctl disable edgecore.service')
  })

  it.each([
    [
      true,
      [
        {
          kind: 'pods',
          socket: '/run/containerd/containerd.sock',
          sharedNetwork: 'containerd-net',
          before: ['theirs'],
        },
      ],
    ],
    [false, []],
  ])(
    'records its pods where others use the containerd, too, beside theirs (%s)',
    async (shared, expected) => {
      const run = await on.run()
      on.script('ctr -n k8s.io containers ls -q', 'theirs\n')
      await apply(run, step({ shared }))
      const recorded = run.all.receipt().steps.flatMap(({ changes }) => changes)
      expect(recorded.filter(({ kind }) => kind === 'pods')).toEqual(expected)
    },
  )
})

it('does not start while the containerd that others use does not tell what they run in it', async () => {
  on.script('ctr', { code: 1, stderr: 'connection refused' })
  const run = await on.run()
  await expect(apply(run, step({ shared: true }))).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(run.all.receipt().steps).toEqual([])
  expect(verbs()).toEqual([])
})

describe('an edge that has joined', () => {
  beforeEach(async () => {
    await apply(await on.run(), step())
    await runsFor(on, 'edgecore.service', 60)
    on.calls.length = 0
    on.events.length = 0
  })

  it.each<[string, () => unknown]>([
    ['EdgeCore does not start at boot', () => on.script('systemctl is-enabled', { code: 1 })],
    ['EdgeCore does not run', () => on.script('systemctl is-active edgecore.service', { code: 3 })],
    ['EdgeCore has not read its changed file', () => setMarker(on.host, RESTART)],
    ['its certificate is of another name', () => on.put(EDGE_CERTIFICATE, certificatePair('x').certificate)],
    ['its key is of another certificate', () => on.put(EDGE_KEY, certificatePair('x').key)],
    ['EdgeCore is not connected, and metaServer responds from its cache', () => on.script('ss', '')],
    ['metaServer lists no services', () => meta.set('/api/v1/services', { items: [] })],
    ['its Node was deleted', () => meta.set(NODES, nodeList('cloud'))],
    ['everybody may read its database', () => chmod(at(EDGE_DATABASE), 0o644)],
  ])('is not so any more when %s', async (_what, spoil) => {
    const run = await on.run()
    expect(await check(run, step())).toBe(true)
    await spoil()
    expect(await check(run, step())).toBe(false)
  })

  describe('with a database that no program can read', () => {
    const GARBAGE = 'x'.repeat(8192)
    const IS_ACTIVE = 'systemctl is-active edgecore.service'
    beforeEach(async () => {
      await on.put(EDGE_DATABASE, GARBAGE, 0o644)
      await on.put(`${EDGE_DATABASE}-journal`, 'of the damaged one')
      on.script(IS_ACTIVE, { code: 3, stdout: 'activating\n' })
      on.script('systemctl stop', () => {
        on.script(IS_ACTIVE, { code: 3, stdout: 'inactive\n' })
        return ''
      })
      on.script('systemctl start', () => {
        on.script(IS_ACTIVE, 'active')
        return starts()
      })
    })

    it('is kept aside, root’s alone, and EdgeCore makes a new one, which its cloud fills', async () => {
      const run = await on.run()
      expect(await check(run, step())).toBe(false)
      await apply(run, step())
      expect(await on.text(DAMAGED_DATABASE)).toBe(GARBAGE)
      expect(await modeOf(DAMAGED_DATABASE)).toBe(0o600)
      expect(await on.text(EDGE_DATABASE)).toBe('')
      expect(await on.text(`${EDGE_DATABASE}-journal`)).toBeUndefined()
      expect(on.calls.indexOf('systemctl stop edgecore.service')).toBeLessThan(
        on.calls.indexOf('systemctl start --no-block edgecore.service'),
      )
      expect(warnings()).toContainEqual(expect.stringContaining('file is not a database'))
      expect(await check(run, step())).toBe(true)
    })

    it('stays while the cloud is away: pods would end, and nothing would bring them back', async () => {
      const run = await on.run()
      await expect(apply(run, step({ cloudHost: '255.255.255.255' }))).rejects.toMatchObject({
        code: 'STEP_FAILED',
        because: { en: expect.stringContaining('unreachable') },
      })
      expect(await on.text(EDGE_DATABASE)).toBe(GARBAGE)
      expect(on.calls.filter((line) => /^systemctl (stop|start|restart)/.test(line))).toEqual([])
    })

    it('is told as drift, before anything about who may read it', async () => {
      const inputs = step()
      const found = (await inputs.kind.drift?.(await on.run(), inputs.inputs as never)) ?? []
      expect(found.filter(({ place }) => place === EDGE_DATABASE)).toEqual([
        { kind: 'file', place: EDGE_DATABASE, state: 'damaged', fields: ['file is not a database'] },
      ])
    })
  })

  it('has its drift told: the database, and the Node', async () => {
    const run = await on.run()
    expect(await step().kind.drift?.(run, step().inputs as never)).toEqual([])
    await chmod(at(EDGE_DATABASE), 0o644)
    meta.set(NODES, nodeList('cloud'))
    expect(await step().kind.drift?.(run, step().inputs as never)).toEqual([
      { kind: 'file', place: EDGE_DATABASE, state: 'changed', fields: ['mode'] },
      { kind: 'object', place: 'Node edge-1', state: 'missing', fields: [] },
    ])
  })

  it('is restarted, once, for a file that it has not read', async () => {
    await setMarker(on.host, RESTART)
    await apply(await on.run(), step())
    expect(verbs()).toContain('systemctl restart --no-block edgecore.service')
    expect(await hasMarker(on.host, RESTART)).toBe(false)
    on.calls.length = 0
    await apply(await on.run(), step())
    expect(verbs()).toEqual(['systemctl start --no-block edgecore.service'])
  })

  it('is to be restarted yet when the run was cut off before the restart', async () => {
    await setMarker(on.host, RESTART)
    on.script('systemctl restart', { code: 1, stderr: 'cut off' })
    await expect(apply(await on.run(), step())).rejects.toThrow()
    expect(await hasMarker(on.host, RESTART)).toBe(true)
  })

  it('registers again when its Node was deleted, and says what is lost', async () => {
    meta.set(NODES, nodeList('cloud'))
    await apply(await on.run(), step())
    expect(verbs()).toContain('systemctl restart --no-block edgecore.service')
    expect(warnings()[0]).toMatch(/Node edge-1 was deleted.*labels and taints/)
  })

  it('does not wait for a cloud that is away: it runs, and says so', async () => {
    meta.set('/api/v1/services', undefined)
    await apply(await on.run(), step({ cloudHost: '255.255.255.255' }))
    expect(verbs()).toEqual(['systemctl start --no-block edgecore.service'])
    expect(warnings()).toEqual([expect.stringContaining('(255.255.255.255) is unreachable')])
    expect(on.events.filter(({ type }) => type === 'wait')).toEqual([])
  })

  it('does not wait for a cloud that is away while metaServer responds from its cache: it says so', async () => {
    on.script('ss', '')
    const run = await on.run()
    const away = step({ cloudHost: '255.255.255.255' })
    expect(await check(run, away)).toBe(false)
    await apply(run, away)
    expect(warnings()).toEqual([expect.stringContaining('(255.255.255.255) is unreachable')])
  })

  it('is one still where nothing tells of its connection, which is said', async () => {
    on.script('ss', 'missing')
    expect(await check(await on.run(), step())).toBe(true)
    expect(warnings()).toEqual([expect.stringContaining('does not tell whether EdgeCore is connected')])
    on.events.length = 0
    await apply(await on.run(), step())
    expect(warnings().filter((text) => text.includes('does not tell whether'))).toHaveLength(1)
  })

  it('whose API does not tell of EdgeMesh is one still, and EdgeMesh is said not to be checked', async () => {
    const run = await on.run()
    const agent = step({ agentImage: 'docker.io/kubeedge/edgemesh-agent:v1.17.0' })
    meta.set('/api/v1/services', { items: [{ metadata: { namespace: 'site', name: 'plc' } }] })
    expect(await check(run, agent)).toBe(true)
    expect(warnings()).toEqual([expect.stringContaining('EdgeMesh on this node was not checked')])
  })

  it('whose EdgeMesh agent runs must have its DNS, though the API does not tell of EdgeMesh', async () => {
    const run = await on.run()
    const agentImage = 'docker.io/kubeedge/edgemesh-agent:v1.17.0'
    meta.set('/api/v1/services', { items: [{ metadata: { namespace: 'site', name: 'plc' } }] })
    on.script('ctr -n k8s.io containers ls', `ID IMAGE\na ${agentImage} x`)
    on.script('ctr -n k8s.io tasks ls', 'TASK PID STATUS\na 12 RUNNING')
    expect(await check(run, step({ agentImage }))).toBe(false)
  })

  it.each([
    ['is away', '255.255.255.255'],
    ['responds each time', '127.0.0.1'],
  ])('is not said to run, while the cloud %s, when it ends again and again', async (_, cloudHost) => {
    await runsFor(on, 'edgecore.service', NEVER_LASTS)
    on.script('journalctl', 'fatal: built for another machine\n')
    let restarts = 0
    on.script(
      'systemctl show -p Id,NRestarts,ActiveState edgecore.service',
      () => `Id=edgecore.service\nNRestarts=${restarts++}\nActiveState=activating\n`,
    )
    await expect(apply(await on.run(), step({ cloudHost }))).rejects.toMatchObject({
      because: { en: expect.stringContaining('built for another machine') },
    })
    expect(warnings().join()).not.toContain('unreachable')
  })

  it('is not proven by the process that its restart ends: that responds until it is gone', async () => {
    await setMarker(on.host, RESTART)
    let looks = 0
    const restarted = () => on.calls.some((line) => line.includes(' restart '))
    on.script('systemctl show -p MainPID edgecore.service', () => {
      if (restarted()) looks += 1
      if (looks < 3) return 'MainPID=7'
      meta.set('/api/v1/services', { items: [] }) // the new one does not respond yet
      return 'MainPID=0'
    })
    on.script('journalctl', 'fatal: built for another machine\n')
    on.script('systemctl show -p Id,NRestarts,ActiveState', () =>
      looks < 3
        ? 'Id=edgecore.service\nNRestarts=0\nActiveState=active\n'
        : 'Id=edgecore.service\nNRestarts=0\nActiveState=failed\n',
    )
    await expect(apply(await on.run(), step())).rejects.toMatchObject({
      because: { en: expect.stringContaining('built for another machine') },
    })
  })
})
