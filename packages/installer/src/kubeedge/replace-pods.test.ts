import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Ctr } from '../containerd/ctr.ts'
import type { Run } from '../steps/run.ts'
import { CONNECTED, type MetaServerTrial, metaServerTrial } from '../testing/meta-server.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { podsOfNode } from './meta-server.ts'
import { areCurrent, refuseOtherRelease, replaceDuePods } from './replace-pods.ts'

const AGENT = 'docker.io/kubeedge/edgemesh-agent'
const [OLD, NEW] = [`${AGENT}:v1.17.0`, `${AGENT}:v1.17.1`]
const CTR: Ctr = ['ctr', '-n', 'k8s.io']
const inputs = { nodeName: 'edge', ctr: CTR, hubPort: 10000 }

interface Pod {
  readonly node: string
  readonly uid: string
  readonly generation: number
  readonly image: string
}
const asListed = ({ node, uid, generation, image }: Pod) => ({
  metadata: {
    name: `agent-${uid}`,
    namespace: 'kubeedge',
    uid,
    labels: { 'pod-template-generation': String(generation) },
    ownerReferences: [{ kind: 'DaemonSet', uid: 'set', controller: true }],
  },
  spec: { nodeName: node, containers: [{ image }] },
  status: { phase: 'Running' },
})
const CLOUD: Pod = { node: 'cloud', uid: 'c', generation: 3, image: NEW }
const EDGE: Pod = { node: 'edge', uid: 'e', generation: 2, image: OLD }

let meta: MetaServerTrial
let node: Trial
let pods: Pod[]
/** What the cloud makes of the edge's pod when its deletion is asked for; undefined: the request is lost. */
let successors: (Pod | undefined)[]
beforeEach(async () => {
  pods = [CLOUD, EDGE]
  successors = []
  meta = await metaServerTrial(() => {
    const next = successors.shift()
    if (next !== undefined) pods = [...pods.filter((pod) => pod.node !== 'edge'), next]
  })
  node = await trial({ metaServer: meta.server })
  const list = (of: (pod: Pod) => boolean) => () => ({ items: pods.filter(of).map(asListed) })
  meta.set(
    '/api/v1/pods?fieldSelector=spec.nodeName%3Dedge',
    list((pod) => pod.node === 'edge'),
  )
  meta.set(
    '/api/v1/namespaces/kubeedge/pods',
    list(() => true),
  )
  const edge = { name: 'edge', labels: { 'node-role.kubernetes.io/edge': '' } }
  meta.set('/api/v1/nodes', { items: [{ metadata: { name: 'cloud' } }, { metadata: edge }] })
  node.script('ss', CONNECTED)
  node.script('ctr -n k8s.io containers ls', 'sandbox\ncontainer\n')
  holds(OLD, NEW)
})
afterEach(async () => {
  await node[Symbol.asyncDispose]()
  await meta[Symbol.asyncDispose]()
})

function holds(...images: readonly string[]): void {
  node.script(
    'ctr -n k8s.io images ls',
    ['REF TYPE DIGEST', ...images.map((one) => `${one} t sha256:1`)].join('\n'),
  )
}
const runWith = (...archive: readonly string[]): Promise<Run> =>
  node.run({ images: archive.map((reference) => ({ reference })) } as unknown as Partial<BundleManifest>)
const deletions = () => meta.asked.filter((line) => line.startsWith('DELETE'))

describe('a pod of a former release', () => {
  it('is deleted once its images are here, and its successor is waited for', async () => {
    successors = [{ ...EDGE, uid: 'e2', generation: 3, image: NEW }]
    const run = await runWith(NEW)
    expect(await areCurrent(run, inputs)).toBe(false)
    await replaceDuePods(run, inputs)
    expect(deletions()).toEqual(['DELETE /api/v1/namespaces/kubeedge/pods/agent-e'])
    expect(node.calls.some((line) => line.includes('io.kubernetes.pod.uid"==e2'))).toBe(true)
    expect(await areCurrent(run, inputs)).toBe(true)
    await replaceDuePods(run, inputs)
    expect(deletions()).toHaveLength(1)
  })

  it('is asked for again when the first request was lost', async () => {
    successors = [undefined, { ...EDGE, uid: 'e2', generation: 3, image: NEW }]
    await replaceDuePods(await runWith(NEW), inputs)
    expect(deletions()).toEqual(Array(2).fill('DELETE /api/v1/namespaces/kubeedge/pods/agent-e'))
  })

  it('stays while its successor could not start here', async () => {
    holds(OLD)
    const run = await runWith(NEW)
    expect(await areCurrent(run, inputs)).toBe(true)
    await replaceDuePods(run, inputs)
    expect(deletions()).toEqual([])
  })

  it('that comes back as it was is left alone by later runs: its cloud is upgraded last', async () => {
    pods = [EDGE]
    successors = [{ ...EDGE, uid: 'e2' }]
    const run = await runWith(NEW)
    expect(await areCurrent(run, inputs)).toBe(false)
    await replaceDuePods(run, inputs)
    expect(await areCurrent(run, inputs)).toBe(true)
    await replaceDuePods(run, inputs)
    expect(deletions()).toHaveLength(1)
  })

  it('that came back as it was is replaced once the cloud is seen to run a newer one', async () => {
    pods = [EDGE]
    successors = [{ ...EDGE, uid: 'e2' }]
    const run = await runWith(NEW)
    await replaceDuePods(run, inputs)
    expect(await areCurrent(run, inputs)).toBe(true)
    pods = [CLOUD, ...pods]
    expect(await areCurrent(run, inputs)).toBe(false)
    successors = [{ ...EDGE, uid: 'e3', generation: 3, image: NEW }]
    await replaceDuePods(run, inputs)
    expect(deletions().at(-1)).toBe('DELETE /api/v1/namespaces/kubeedge/pods/agent-e2')
    expect(await areCurrent(run, inputs)).toBe(true)
  })

  it('is no affair of an edge whose cloud is away', async () => {
    node.script('ss', '')
    const run = await runWith(NEW)
    expect(await areCurrent(run, inputs)).toBe(true)
    expect(meta.asked).toEqual([])
  })

  it.each([
    ['containerd', () => node.script('ctr -n k8s.io containers ls', { code: 1, stderr: 'refused' })],
    ['metaServer', () => meta.set(podsOfNode('edge'), undefined)],
  ])('is not said to be on its way where %s is silent until the wait ends', async (who, silence) => {
    successors = [{ ...EDGE, uid: 'e2', generation: 3, image: NEW }]
    const run = await runWith(NEW)
    let clock = 0
    const report: Run['report'] = (event) => {
      if (event.type !== 'wait' || event.id !== 'new-pods') return
      silence()
      vi.spyOn(performance, 'now').mockImplementation(() => (clock += 100_000))
    }
    node.script('ctr -n k8s.io containers ls', '')
    await expect(
      replaceDuePods({ ...run, report }, inputs).finally(() => vi.restoreAllMocks()),
    ).rejects.toMatchObject({
      code: 'WAIT_EXPIRED',
      because: { en: expect.stringContaining(`${who} does not respond`) },
    })
  })

  it('is not waited for when EdgeCore itself does not stay up', async () => {
    successors = [undefined]
    node.script('systemctl show -p Id,NRestarts,ActiveState', 'Id=edgecore.service\nActiveState=failed')
    node.script('journalctl', 'E1129 boom')
    await expect(replaceDuePods(await runWith(NEW), inputs)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining('edgecore.service has failed') },
    })
  })
})

describe('a pod that cannot start with what this archive brings', () => {
  it.each([
    ['the archive is ahead', NEW, OLD, /upgrade the cloud first/, /先升级云端/],
    ['the archive is behind', OLD, NEW, /edge archive of the cloud's release/, /边缘离线包/],
    [
      'versions cannot be compared',
      `${AGENT}:main`,
      OLD,
      /edge archive of the cloud's release/,
      /边缘离线包/,
    ],
  ])('ends the wait, and says what is to be done: %s', async (_name, brought, wanted, en, zh) => {
    pods = [
      { ...CLOUD, image: wanted },
      { ...EDGE, generation: 3, image: wanted },
    ]
    holds(brought)
    const refusal = await refuseOtherRelease(await runWith(brought), inputs)().catch(
      (error: unknown) => error,
    )
    expect(refusal).toMatchObject({
      code: 'RELEASES_DIFFER',
      because: { en: expect.stringContaining(brought) },
      fix: { en: expect.stringMatching(en), zh: expect.stringMatching(zh) },
    })
    expect(String(refusal)).toContain(wanted)
  })

  it('is waited for when its image is none of the archive’s: a registry may bring it', async () => {
    const theirs = 'registry.example/web:1'
    pods = [{ ...EDGE, image: theirs }]
    await refuseOtherRelease(await runWith(NEW), inputs)()
  })

  it('is looked for once in a while only', async () => {
    const refuse = refuseOtherRelease(await runWith(NEW), inputs)
    await refuse()
    const asked = meta.asked.length
    expect(asked).toBeGreaterThan(0)
    await refuse()
    expect(meta.asked).toHaveLength(asked)
  })
})
