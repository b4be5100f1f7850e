import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Receipt } from '../state/receipt.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { kubeconfigOf } from './kubeconfig.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const receipt = { kubeEdgeOnly: { kubeconfig: '/root/of-the-last-run' } } as Receipt
const of = (given: { typed?: unknown; receipt?: Receipt; env?: Record<string, string> } = {}) =>
  kubeconfigOf(
    { ...on.host, env: given.env ?? {} },
    { typed: given.typed, cwd: '/data/archive', receipt: given.receipt },
  )

it('is the one that was typed, before all others, and absolute', async () => {
  const env = { KUBECONFIG: '/root/of-the-environment' }
  expect(await of({ typed: 'site.conf', receipt, env })).toBe('/data/archive/site.conf')
})

it('is that of the last run before that of the environment: another cluster is no update', async () => {
  expect(await of({ receipt, env: { KUBECONFIG: '/root/other' } })).toBe('/root/of-the-last-run')
})

it('is the first of several in the environment, as kubectl writes to', async () => {
  expect(await of({ env: { KUBECONFIG: 'one.conf:/root/two.conf' } })).toBe('/data/archive/one.conf')
})

it('is the first of the usual ones that is there', async () => {
  await on.put('/root/.kube/config')
  expect(await of({ env: { KUBECONFIG: '' } })).toBe('/root/.kube/config')
  await on.put('/etc/kubernetes/admin.conf')
  expect(await of()).toBe('/etc/kubernetes/admin.conf')
})

it('is K3s’ own where there is none: preflight says that it is missing', async () => {
  expect(await of()).toBe('/etc/rancher/k3s/k3s.yaml')
})
