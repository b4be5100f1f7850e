import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { certificatePem } from '../testing/certificate.ts'
import { apply, check, stoppedAt, type Trial, trial } from '../testing/trial.ts'
import { cloudCoreCertificates } from './cloudcore-certificates-step.ts'

const DAY = 86_400_000
const kubectl = 'kubectl --kubeconfig /k'
const step = cloudCoreCertificates({
  cluster: { kubectl: ['kubectl'], kubeconfig: '/k' },
  days: 60,
  nodeName: 'cloud-1',
})
const manifest = {
  charts: [
    { name: 'mesh', release: 'mesh', namespace: 'kubeedge', path: 'mesh.tgz' },
    {
      ...{ name: 'cloud-side', release: 'cloudcore', namespace: 'kubeedge', path: 'cloudcore.tgz' },
      certificate: { secret: 'cloudcoresecret', key: 'cloudcoredata', covers: [] },
    },
  ],
} as unknown as Partial<BundleManifest>

let on: Trial
let secrets: Record<string, Record<string, string>>
let responds: boolean
let restarted: string
const issued = (begins: number, days: number) =>
  Buffer.from(certificatePem(new Date(begins), new Date(Date.now() + days * DAY))).toString('base64')
const inDays = (days: number) => issued(0, days)

beforeEach(async () => {
  on = await trial()
  secrets = {
    cloudcore: { 'stream.crt': inDays(365) },
    cloudcoresecret: { cloudcoredata: inDays(36_000) },
    casecret: { cadata: inDays(36_000) },
  }
  responds = true
  restarted = new Date(Date.now() - DAY).toISOString()
  on.script(`${kubectl} -n kubeedge get secret`, () =>
    responds
      ? JSON.stringify({
          items: Object.entries(secrets).map(([name, data]) => ({ metadata: { name }, data })),
        })
      : { code: 1 },
  )
  on.script(`${kubectl} -n kubeedge get deployment/cloudcore`, () =>
    JSON.stringify({
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': restarted } } } },
    }),
  )
  on.script(`${kubectl} -n kubeedge rollout restart deployment/cloudcore`, () => {
    secrets.cloudcoresecret ??= { cloudcoredata: inDays(36_000) }
    restarted = new Date().toISOString()
    return ''
  })
  on.script(`${kubectl} -n kubeedge rollout status deployment/cloudcore`, 'done')
  on.script('/data/archive/bin/helm get values', '{"a":1}')
})
afterEach(() => on[Symbol.asyncDispose]())

it('does nothing while they are valid for long', async () => {
  expect(await check(await on.run(), step)).toBe(true)
})

it("gives CloudStream the chart's new certificate, whose key is in no argument, and restarts CloudCore", async () => {
  secrets.cloudcore = { 'stream.crt': inDays(-5) }
  const fresh = { 'stream.crt': inDays(365), 'stream.key': 'a2V5' }
  on.script(
    '/data/archive/bin/helm template',
    JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cloudcore' }, data: fresh }),
  )
  on.script(`${kubectl} replace -f -`, (_args, input) => {
    const { metadata, data } = JSON.parse(input ?? '') as { metadata: object; data: Record<string, string> }
    expect(metadata).toEqual({ name: 'cloudcore', namespace: 'kubeedge' })
    secrets.cloudcore = data
    return ''
  })
  const run = await on.run(manifest)
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
  expect(on.calls.join()).not.toContain('a2V5')
  expect(on.calls.join()).not.toContain('delete')
})

it("has CloudCore issue CloudHub's once more", async () => {
  secrets.cloudcoresecret = { cloudcoredata: inDays(20) }
  on.script(`${kubectl} -n kubeedge delete secret cloudcoresecret`, () => {
    delete secrets.cloudcoresecret
    return ''
  })
  const run = await on.run(manifest)
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
})

const restarts = () => on.calls.filter((call) => call.includes('rollout restart'))

it.each([
  [
    'CloudStream got a certificate',
    () => ({ cloudcore: { 'stream.crt': issued(Date.now() - 60_000, 365) } }),
  ],
  ["CloudHub's was deleted", () => ({ cloudcoresecret: undefined })],
])(
  'where a run was killed after %s, CloudCore is restarted, and nothing is issued again',
  async (_, left) => {
    for (const [name, data] of Object.entries(left())) {
      delete secrets[name]
      if (data !== undefined) secrets[name] = data
    }
    const run = await on.run(manifest)
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(restarts()).toHaveLength(1)
    expect(on.calls.filter((call) => / (replace|delete) /.test(call))).toEqual([])
    expect(await check(run, step)).toBe(true)
  },
)

it('leaves a CloudCore alone whose certificates are files of its own', async () => {
  secrets = { cloudcore: { 'stream.crt': inDays(365) } }
  expect(await check(await on.run(manifest), step)).toBe(true)
})

it('says that the API does not respond, not that nothing was renewed, where that ends the wait', async () => {
  secrets.cloudcoresecret = { cloudcoredata: inDays(20) }
  on.script(`${kubectl} -n kubeedge delete secret cloudcoresecret`, '')
  on.script(`${kubectl} -n kubeedge rollout restart deployment/cloudcore`, () => {
    responds = false
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 60_000))
    return ''
  })
  let clock = 0
  await expect(apply(await on.run(manifest), step).finally(() => vi.restoreAllMocks())).rejects.toMatchObject(
    {
      because: { en: expect.stringContaining('the API does not respond') },
    },
  )
})

it('takes nothing for valid while the API does not respond, and waits for it', async () => {
  secrets.cloudcoresecret = { cloudcoredata: inDays(20) }
  on.script(`${kubectl} -n kubeedge delete secret cloudcoresecret`, () => {
    delete secrets.cloudcoresecret
    return ''
  })
  responds = false
  const run = await on.run(manifest)
  expect(await check(run, step)).toBe(false)
  setTimeout(() => {
    responds = true
  }, 300)
  await apply(run, step)
  expect(restarts()).toHaveLength(1)
})

it('waits for an API of which systemd does not say that its K3s is stopped', async () => {
  const own = cloudCoreCertificates({ cluster: K3S_CLUSTER, days: 60, nodeName: 'cloud-1' })
  on.script('systemctl is-active', { code: 1, stderr: 'Failed to connect to bus' })
  const waits = stoppedAt(await on.run(), 'cloudcore-certificates')
  await expect(apply(waits, own)).rejects.toMatchObject({ name: 'AbortError' })
})

it('ends at once where K3s does not run', async () => {
  const own = cloudCoreCertificates({ cluster: K3S_CLUSTER, days: 60, nodeName: 'cloud-1' })
  on.script('systemctl is-active', { code: 3, stdout: 'inactive\n' })
  await expect(apply(await on.run(), own)).rejects.toMatchObject({
    code: 'STEP_FAILED',
    fix: { en: 'run ./install.sh, which starts it' },
  })
})

it('says so where the archive has no chart that makes one', async () => {
  secrets.cloudcore = { 'stream.crt': inDays(3) }
  await expect(apply(await on.run(), step)).rejects.toMatchObject({ code: 'STEP_FAILED' })
})

describe('a CloudCore that reports ready before it has read the new certificate', () => {
  const [chart, hub] = (manifest.charts ?? []) as [object, object]
  const writing = {
    charts: [
      chart,
      {
        ...hub,
        restarts: ['deployment/cloudcore'],
        ready: [{ resource: 'secret', name: 'tokensecret', key: 'tokendata', everyStart: true }],
      },
    ],
  } as unknown as Partial<BundleManifest>
  const DEPLOYMENT = {
    kind: 'Deployment',
    metadata: { name: 'cloudcore' },
    spec: { selector: { matchLabels: { app: 'cloudcore' } } },
  }
  let created: string
  let exits: number
  /** How often it has to be looked until its token is written; undefined: it never is. */
  let writes: number | undefined
  let looks: number
  const pod = () => ({
    kind: 'Pod',
    metadata: { name: 'cloudcore-2', labels: { app: 'cloudcore' }, creationTimestamp: created },
    spec: { nodeName: 'cloud-1' },
    status: {
      phase: 'Running',
      containerStatuses: [
        { ready: exits === 0, restartCount: exits, state: { running: { startedAt: created } } },
      ],
    },
  })
  beforeEach(() => {
    secrets.cloudcore = { 'stream.crt': issued(Date.now() - 60_000, 365) }
    created = new Date(Date.now() - 30_000).toISOString()
    exits = 0
    looks = 0
    on.script(`${kubectl} -n kubeedge get secret tokensecret`, () => {
      const isWritten = writes !== undefined && ++looks > writes
      return `${isWritten ? created : new Date(Date.now() - DAY).toISOString()}|dG9rZW4=`
    })
    const listed = (...items: object[]) => JSON.stringify({ items })
    on.script(`${kubectl} -n kubeedge get deployments,daemonsets,pods`, () => listed(DEPLOYMENT, pod()))
    on.script(`${kubectl} -n kubeedge get pods`, () => listed(pod()))
  })

  it('runs with it once it has written what it writes at each start', async () => {
    writes = 2
    await apply(await on.run(writing), step)
    expect(looks).toBe(3)
  })

  it('is no renewal when it exits again and again, with its last words', async () => {
    writes = undefined
    on.script(`${kubectl} -n kubeedge get pods`, () => {
      const items = [pod()]
      exits += 1
      return JSON.stringify({ items })
    })
    on.script(`${kubectl} -n kubeedge logs cloudcore-2`, 'F0101 1 stream.go:1] no such certificate\n')
    await expect(apply(await on.run(writing), step)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining('exits again and again (3 times): no such certificate') },
    })
  })
})
