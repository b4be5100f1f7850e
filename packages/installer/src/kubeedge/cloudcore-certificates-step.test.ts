import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { certificatePem } from '../testing/certificate.ts'
import { apply, check, type Trial, trial } from '../testing/trial.ts'
import { cloudCoreCertificates } from './cloudcore-certificates-step.ts'

const DAY = 86_400_000
const kubectl = 'kubectl --kubeconfig /k'
const step = cloudCoreCertificates({ cluster: { kubectl: ['kubectl'], kubeconfig: '/k' }, days: 60 })
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
const inDays = (days: number) =>
  Buffer.from(certificatePem(new Date(0), new Date(Date.now() + days * DAY))).toString('base64')

beforeEach(async () => {
  on = await trial()
  secrets = {
    cloudcore: { 'stream.crt': inDays(365) },
    cloudcoresecret: { cloudcoredata: inDays(36_000) },
    casecret: { cadata: inDays(36_000) },
  }
  on.script(`${kubectl} -n kubeedge get secret`, () =>
    JSON.stringify({ items: Object.entries(secrets).map(([name, data]) => ({ metadata: { name }, data })) }),
  )
  on.script(`${kubectl} -n kubeedge rollout restart deployment/cloudcore`, () => {
    secrets.cloudcoresecret ??= { cloudcoredata: inDays(36_000) }
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

it('says so where the archive has no chart that makes one', async () => {
  secrets.cloudcore = { 'stream.crt': inDays(3) }
  await expect(apply(await on.run(), step)).rejects.toMatchObject({ code: 'STEP_FAILED' })
})
