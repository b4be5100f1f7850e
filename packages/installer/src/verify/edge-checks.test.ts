import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Ctr } from '../containerd/ctr.ts'
import { CONNECTED, type MetaServerTrial, metaServerTrial, nodeList } from '../testing/meta-server.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { type Outcome, outcomeOf } from './check.ts'
import { edgeChecks } from './checks.ts'

const REFERENCE = 'docker.io/kubeedge/edgemesh-agent:v1'
const ctr: Ctr = ['ctr', '-n', 'k8s.io']

let meta: MetaServerTrial
let node: Trial
beforeEach(async () => {
  meta = await metaServerTrial()
  node = await trial({ metaServer: meta.server })
})
afterEach(async () => {
  await node[Symbol.asyncDispose]()
  await meta[Symbol.asyncDispose]()
})

async function outcome(id: string): Promise<Outcome> {
  const manifest = { images: [{ reference: REFERENCE }] } as never
  const checks = edgeChecks({ host: node.host, manifest, ctr, hubPort: 10000, nodeName: 'edge' })
  const check = checks.find((one) => one.id === id)
  if (check === undefined) throw new Error(`no check ${id}`)
  return outcomeOf(check)
}
const failed = (en: string) => ({ state: 'failed', why: { en: expect.stringContaining(en) } })

describe('the connection to the cloud', () => {
  const nodes = (...names: readonly string[]) => meta.set('/api/v1/nodes', nodeList(...names))

  it('holds with a connection and a Node', async () => {
    node.script('ss', CONNECTED)
    nodes('cloud', 'edge')
    expect(await outcome('cloud')).toEqual({ state: 'ok' })
  })

  it.each(['missing', { code: 1 }] as const)('is not called well where ss does not tell: %j', async (ss) => {
    node.script('ss', ss)
    nodes('cloud', 'edge')
    expect(await outcome('cloud')).toMatchObject({
      state: 'skipped',
      why: { en: expect.stringContaining('ss') },
    })
  })

  it('does not hold without a connection, nor once the Node was deleted', async () => {
    node.script('ss', '')
    nodes('cloud', 'edge')
    expect(await outcome('cloud')).toMatchObject(failed('no connection to port 10000'))
    node.script('ss', CONNECTED)
    nodes('cloud')
    expect(await outcome('cloud')).toMatchObject(failed('Node edge was deleted'))
  })
})

describe('V4', () => {
  const listed = (labels: string) =>
    `REF TYPE DIGEST SIZE PLATFORMS LABELS\n${REFERENCE} application/x sha256:a 1 linux/amd64 ${labels}\n`

  it('holds where each image is complete and pinned, and names those that are not', async () => {
    node.script('ctr -n k8s.io images check', `${REFERENCE} application/x sha256:a complete (1/1) 1/1 true`)
    node.script('ctr -n k8s.io images ls', listed('io.cri-containerd.pinned=pinned'))
    expect(await outcome('V4')).toEqual({ state: 'ok' })
    node.script('ctr -n k8s.io images ls', listed('-'))
    expect(await outcome('V4')).toMatchObject(failed(`not pinned or of other content: ${REFERENCE}`))
  })

  it('calls no image missing while containerd is silent', async () => {
    node.script('ctr', { code: 1, stderr: 'ctr: connection refused' })
    const seen = await outcome('V4')
    expect(seen).toMatchObject(failed('ctr: connection refused'))
    expect(JSON.stringify(seen)).not.toContain('missing')
  })
})

describe('V5', () => {
  it.each([
    [undefined, failed('does not respond')],
    [{ items: [] }, failed('its list is empty')],
    [{ items: [{ metadata: { name: 'kubernetes', namespace: 'default' } }] }, { state: 'ok' }],
  ])('of a metaServer that lists %j', async (list, expected) => {
    meta.set('/api/v1/services', list)
    expect(await outcome('V5')).toMatchObject(expected)
  })
})

describe('V7', () => {
  it('holds where the device has the address of EdgeMesh', async () => {
    node.script('ip -o addr show dev edgemesh0', '7: edgemesh0 inet 169.254.96.16/32 scope global edgemesh0')
    expect(await outcome('V7')).toEqual({ state: 'ok' })
    node.script('ip -o addr show dev edgemesh0', { code: 1, stderr: 'Device "edgemesh0" does not exist.' })
    expect(await outcome('V7')).toMatchObject(failed('the device or its address is missing'))
  })

  it.each([
    ['missing', 'ip: missing'],
    [{ code: 124 }, 'ip does not respond'],
  ] as const)('calls no device missing where ip does not tell: %j', async (ip, why) => {
    node.script('ip', ip)
    expect(await outcome('V7')).toMatchObject({ state: 'failed', why: { en: why } })
  })
})
