import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { journalOf } from '../testing/journal.ts'
import { CONNECTED, type MetaServerTrial, metaServerTrial, nodeList } from '../testing/meta-server.ts'
import { stoppedAt, type Trial, trial } from '../testing/trial.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'
import { certificate, edgemesh, edgemeshUp, type JoinInputs, services } from './join-waits.ts'

const AGENT = 'docker.io/kubeedge/edgemesh-agent'
const inputs: JoinInputs = {
  nodeName: 'edge-1',
  cloudHost: '10.77.0.1',
  hubPort: 10000,
  ctr: ['ctr', '-n', 'k8s.io'],
  socket: '/run/containerd/containerd.sock',
  shared: false,
  agentImage: `${AGENT}:v1.17.0`,
}
const LABEL = { 'service.edgemesh.kubeedge.io/service-proxy-name': '' }
const servicesWith = (labels: object) => ({
  items: [{ metadata: { namespace: 'default', name: 'kubernetes', labels } }],
})

let meta: MetaServerTrial
let node: Trial
beforeEach(async () => {
  meta = await metaServerTrial()
  node = await trial({ metaServer: meta.server })
  node.script('journalctl', '')
})
afterEach(async () => {
  await node[Symbol.asyncDispose]()
  await meta[Symbol.asyncDispose]()
})

const warnings = () =>
  node.events.flatMap((event) => (event.type === 'note' && event.level === 'warning' ? [event.text.en] : []))
const failed = (unit: string) =>
  node.script('systemctl show -p Id,NRestarts,ActiveState', `Id=${unit}\nActiveState=failed`)

describe('the certificate', () => {
  it.each([
    ['token is expired', 'the join token has expired'],
    ['token signature is invalid', 'the join token is wrong'],
    ['failed to validate CA certificate', 'the join token belongs to another cloud'],
  ])('is not waited for when CloudHub has said: %s', async (words, because) => {
    node.script('journalctl', `E1129 ${words}`)
    await expect(certificate(await node.run(), inputs)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining(because) },
      fix: { en: expect.stringContaining('10000, 10002') },
    })
  })

  it('is still waited for when an older EdgeCore was refused: its words are not asked for', async () => {
    node.script('journalctl', (args) =>
      args.some((one) => one.startsWith('--since')) ? '' : 'token is expired',
    )
    await expect(certificate(stoppedAt(await node.run(), 'certificate'), inputs)).rejects.toMatchObject({
      name: 'AbortError',
    })
    const [since] = node.calls.flatMap((line) => /--since=@(\d+)/.exec(line)?.[1] ?? [])
    expect(Number(since) * 1000).toBeGreaterThan(Date.now() + 3000)
  })

  it.each([
    [false, 'containerd.service'],
    [false, 'edgecore.service'],
    [true, 'edgecore.service'],
  ])('is not waited for when a service fails (shared containerd: %s): %s', async (shared, unit) => {
    failed(unit)
    await expect(certificate(await node.run(), { ...inputs, shared })).rejects.toMatchObject({
      because: { en: expect.stringContaining(`${unit} has failed`) },
    })
  })

  it('has only EdgeCore watched where the containerd is an existing one', async () => {
    await certificate(stoppedAt(await node.run(), 'certificate'), { ...inputs, shared: true }).catch(() => {})
    const shown = node.calls.filter((line) => line.includes('NRestarts'))
    expect(shown.length).toBeGreaterThan(0)
    for (const line of shown) expect(line).not.toContain('containerd')
  })
})

describe('the services', () => {
  it('count once metaServer lists one; until then the cause is told from EdgeCore’s words', async () => {
    meta.set('/api/v1/services', { items: [] })
    node.script('journalctl', 'E1129 failed to get CA certificate')
    await expect(services(stoppedAt(await node.run(), 'metaserver'), inputs)).rejects.toMatchObject({
      name: 'AbortError',
    })
    let asked = 0
    meta.set('/api/v1/services', () => (asked++ > 0 ? servicesWith({}) : { items: null }))
    await services(await node.run(), inputs)
    expect(asked).toBe(2)
    expect(node.events.some((event) => event.type === 'wait' && event.id === 'metaserver')).toBe(true)
  })

  it('do not count while EdgeCore is not connected: metaServer lists those of an earlier one', async () => {
    meta.set('/api/v1/services', servicesWith({}))
    let looks = 0
    node.script('ss', () => (looks++ < 2 ? '' : CONNECTED))
    await services(await node.run(), inputs)
    expect([looks, meta.asked.length]).toEqual([3, 1])
  })
})

describe('EdgeMesh', () => {
  beforeEach(() => meta.set('/api/v1/nodes', nodeList('cloud', 'edge-1')))

  it('is not waited for where the cloud has none: the Node is', async () => {
    meta.set('/api/v1/services', servicesWith({}))
    let asked = 0
    meta.set('/api/v1/nodes', () => (asked++ > 0 ? nodeList('cloud', 'edge-1') : nodeList('cloud')))
    await edgemesh(await node.run(), inputs)
    expect(warnings()).toEqual([expect.stringContaining('without EdgeMesh')])
    expect(asked).toBe(2)
  })

  it('is said not to be checked while the cloud’s API is silent and no agent runs', async () => {
    await edgemesh(await node.run(), inputs)
    expect(warnings()).toEqual([expect.stringContaining('verify once it does')])
  })

  it('is waited for where an agent runs already, of whichever version, though the API is silent', async () => {
    node.script('ctr -n k8s.io containers ls', `ID IMAGE\na ${AGENT}:v1.16.0 x`)
    node.script('ctr -n k8s.io tasks ls', 'TASK PID STATUS\na 12 RUNNING')
    failed('edgecore.service')
    await expect(edgemesh(await node.run(), inputs)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      what: { en: expect.stringContaining('EdgeMesh agent') },
    })
    expect(warnings()).toEqual([])
  })

  it('is not said to have no pod while containerd does not respond', async () => {
    const run = await node.run()
    node.script('ctr', { code: 1, stderr: 'connection refused' })
    expect(await edgemeshUp(run, inputs)).toMatchObject({ en: 'containerd does not respond' })
    for (const list of ['containers ls', 'tasks ls']) node.script(`ctr -n k8s.io ${list}`, 'ID\n')
    expect(await edgemeshUp(run, inputs)).toMatchObject({ en: 'its pod is not running on this node' })
  })

  it('tells at once of an agent of another release, which no waiting brings', async () => {
    meta.set('/api/v1/services', servicesWith(LABEL))
    node.script('ss', CONNECTED)
    const wanted = {
      metadata: {
        ...{ name: 'agent', namespace: 'kubeedge', uid: 'u', labels: { 'pod-template-generation': '2' } },
        ownerReferences: [{ kind: 'DaemonSet', uid: 'set' }],
      },
      spec: { nodeName: 'edge-1', containers: [{ image: `${AGENT}:v1.17.1` }] },
    }
    meta.set('/api/v1/pods?fieldSelector=spec.nodeName%3Dedge-1', { items: [wanted] })
    meta.set('/api/v1/namespaces/kubeedge/pods', { items: [wanted] })
    node.script('ctr -n k8s.io images ls', `REF TYPE DIGEST\n${AGENT}:v1.17.0 t sha256:1`)
    const images = [{ reference: `${AGENT}:v1.17.0` }] as unknown as BundleManifest['images']
    await expect(edgemesh(await node.run({ images }), inputs)).rejects.toMatchObject({
      code: 'RELEASES_DIFFER',
    })
  })

  it('is waited for by its DNS alone where the archive has no agent', async () => {
    meta.set('/api/v1/services', servicesWith(LABEL))
    node.script('ip', '1: lo inet 127.0.0.1/8')
    failed('edgecore.service')
    await expect(edgemesh(await node.run(), { ...inputs, agentImage: null })).rejects.toMatchObject({
      code: 'STEP_FAILED',
    })
    expect(node.calls.some((line) => line.includes('containers ls'))).toBe(false)
  })
})

describe.each([
  ['the certificate', certificate],
  ['the services', services],
  ['the Node', edgemesh],
])('what EdgeCore says while %s is waited for', (_what, wait) => {
  beforeEach(() => {
    meta.set('/api/v1/services', _what === 'the services' ? { items: [] } : servicesWith({}))
    let clock = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 90_000))
  })
  afterEach(() => void vi.restoreAllMocks())
  const former = 'E1129 10:00:00 1 x.go:1] failed to get CA certificate'
  const expired = async (): Promise<unknown> =>
    wait(await node.run(), inputs).catch((error: unknown) => error)

  it('is a cause by its present run alone', async () => {
    journalOf(node, EDGECORE_UNIT, { former, present: 'I1129 10:00:00 1 x.go:1] Starting' })
    expect(await expired()).toMatchObject({
      code: 'WAIT_EXPIRED',
      because: { en: expect.not.stringMatching(/CA certificate|port 10002/) },
    })
    journalOf(node, EDGECORE_UNIT, { former, present: 'E1129 10:00:00 1 x.go:1] no such key' })
    expect(await expired()).toMatchObject({
      because: { en: expect.stringMatching(/last error: no such key\nthe node says:\n.*no such key/) },
    })
  })

  it('is a cause, too, when systemd has restarted it since', async () => {
    journalOf(node, EDGECORE_UNIT, {
      former: '',
      later: `${former}\nStarted edgecore.service\nI1129 Starting`,
    })
    expect(await expired()).toMatchObject({
      because: { en: expect.stringContaining('does not respond at port 10002') },
    })
  })

  it('is no cause of its failing when its former run said it', async () => {
    journalOf(node, EDGECORE_UNIT, {
      former: 'F1129 10:00:00 1 x.go:1] other words',
      present: 'I1129 Starting',
    })
    failed(EDGECORE_UNIT)
    expect(await expired()).toMatchObject({
      code: 'STEP_FAILED',
      because: { en: 'edgecore.service has failed\nthe node says:\nI1129 Starting' },
    })
  })
})
