import { afterEach, beforeEach, expect, it } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import type { ReceiptHead } from '../state/receipt.ts'
import { type Drift, defineStep } from '../steps/step.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { driftDiagnoses } from './drift.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

async function diagnosed(...drifts: Drift[]) {
  return diagnosedBy(HEAD, ...drifts)
}

async function diagnosedBy(head: ReceiptHead, ...drifts: Drift[]) {
  const step = defineStep<object>({
    id: 'chart-cloudcore',
    title: { en: 'x', zh: 'x' },
    check: async () => false,
    drift: async () => drifts,
    apply: async () => {},
  })
  const { directory, manifest, signal } = await on.run()
  const receipt = receiptFor(head, undefined, BASELINE)
  return driftDiagnoses([step({})], { host: on.host, directory, manifest, receipt, signal })
}

it.each([
  ['file', 'FILE_CHANGED'],
  ['service', 'SERVICE_DISABLED'],
  ['image', 'IMAGE_MISSING'],
  ['values', 'VALUES_CHANGED'],
  ['object', 'OBJECT_CHANGED'],
] as const)('gives a changed %s a code, its step and its place', async (kind, code) => {
  expect(await diagnosed({ kind, place: 'x', state: 'changed', fields: ['a'] })).toMatchObject([
    { code, drift: { step: 'chart-cloudcore', place: 'x', state: 'changed', fields: ['a'] } },
  ])
})

it.each([
  ['./install.sh', HEAD],
  ['./install-kubeedge-only.sh', { ...HEAD, kubeEdgeOnly: { kubeconfig: '/k' } }],
] as const)('is restored by the launcher that installed it: %s', async (launcher, head) => {
  const [found] = await diagnosedBy(head, { kind: 'file', place: 'x', state: 'changed', fields: [] })
  expect(found?.fix.en).toContain(`run ${launcher} again`)
  expect(found?.fix.zh).toContain(launcher)
})

it.each([
  ['file', '/var/lib/kubeedge/edgecore.db', HEAD, 'while the cloud is reachable, run ./install.sh'],
  ['service', 'containerd.service', HEAD, 'mv /var/lib/containerd /var/lib/containerd.damaged'],
  [
    'service',
    'containerd.service',
    { ...HEAD, settings: { containerd: 'existing' } },
    "repair this machine's containerd",
  ],
] as const)('tells what replaces a damaged database: %s %s', async (kind, place, head, fix) => {
  expect(
    await diagnosedBy(head, { kind, place, state: 'damaged', fields: ['invalid database'] }),
  ).toMatchObject([
    {
      code: 'DATABASE_DAMAGED',
      seen: { en: expect.stringMatching(new RegExp(`${place} is damaged \\(invalid database\\)$`)) },
      fix: { en: expect.stringContaining(fix) },
    },
  ])
})

it('does not take who may read the database of EdgeCore for the cause of anything', async () => {
  const place = '/var/lib/kubeedge/edgecore.db'
  expect(await diagnosed({ kind: 'file', place, state: 'changed', fields: ['mode'] })).toMatchObject([
    { brings: [] },
  ])
})

it('leaves to others what has a finding of its own, unless more was changed', async () => {
  const scaled: Drift = {
    kind: 'object',
    place: 'Deployment cloudcore',
    state: 'changed',
    fields: ['spec.replicas'],
  }
  const off = 'data.cloudcore.yaml.modules.dynamicController.enable'
  const config: Drift = { kind: 'object', place: 'ConfigMap cloudcore', state: 'changed', fields: [off] }
  expect(await diagnosed(scaled, config)).toEqual([])
  expect(await diagnosed({ ...config, fields: [off, 'data.other'] })).toHaveLength(1)
})

it.each(['image', 'object'] as const)(
  'takes what could not be asked for neither missing nor in order: %s',
  async (kind) => {
    const [found, ...more] = await diagnosed({
      kind,
      place: 'images',
      state: 'unknown',
      fields: ['ctr failed'],
    })
    expect(more).toEqual([])
    expect(found).toMatchObject({
      code: 'PROBE_FAILED',
      seen: { en: 'cannot check images: ctr failed', zh: '无法检查 images：ctr failed' },
    })
    expect(found).not.toHaveProperty('problem')
  },
)
