import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { podsBack } from './pods-back.ts'
import type { RollbackRequest } from './request.ts'

const KUBECTL = '/usr/local/bin/k3s kubectl'
const HELM = '/data/cloud-2/bin/helm'
const MANIFEST = 'kind: Deployment\nmetadata: { name: cloudcore }\nspec: { replicas: 1 }\n'
const deployment = (availableReplicas: number) => ({
  kind: 'Deployment',
  metadata: { name: 'cloudcore', generation: 2 },
  spec: { replicas: 1, selector: { matchLabels: { app: 'cloudcore' } } },
  status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas },
})

const CLOUDCORE = {
  ...{ name: 'cloudcore', release: 'cloudcore', namespace: 'kubeedge' },
  ready: [
    { resource: 'secret', name: 'tokensecret', everyStart: true },
    { resource: 'secret', name: 'newer' },
  ],
}

let node: Trial
let charts: object[]
/** What kubectl says of the pods: each question takes the next, the last one stays. */
let states: object[]
beforeEach(async () => {
  node = await trial()
  states = [deployment(1)]
  charts = []
  const next = <T>(list: T[]): T | undefined => (list.length > 1 ? list.shift() : list[0])
  node.script(KUBECTL, () => JSON.stringify({ items: [next(states)] }))
  node.script(HELM, MANIFEST)
})
afterEach(() => node[Symbol.asyncDispose]())

function back(): Promise<void> {
  const change = { kind: 'release', release: 'cloudcore', namespace: 'kubeedge' }
  const step = { stepId: 'cloudcore', title: { en: 'x', zh: 'x' }, changes: [change] }
  const head = { ...HEAD, role: 'cloud', node: { name: 'cloud' } }
  const request = {
    host: node.host,
    directory: '/data/cloud-2',
    manifest: { role: 'cloud', charts } as unknown as BundleManifest,
    back: { receipt: { ...receiptFor({ ...head, role: 'cloud' }, undefined, BASELINE), steps: [step] } },
    report: (event) => void node.events.push(event),
    signal: new AbortController().signal,
  } as RollbackRequest
  return podsBack(request)
}
const waits = () => node.events.flatMap((event) => (event.type === 'wait' ? [event.id] : []))
const asked = (word: string) => node.calls.filter((line) => line.includes(word)).length

it('waits for the pods of each release of the former archive', async () => {
  states = [deployment(0), deployment(1)]
  await back()
  expect(asked('deployments,daemonsets,pods')).toBe(2)
  expect(waits()).toContain('release-cloudcore')
})

it('asks helm again while the API comes up, and says so where it never tells', async () => {
  const passing = [
    'Error: kubernetes cluster unreachable: connection refused',
    'Error: query: the server is currently unable to handle the request',
  ]
  node.script(HELM, () => {
    const stderr = passing.shift()
    return stderr === undefined ? MANIFEST : { code: 1, stderr }
  })
  await back()
  expect(asked('deployments,daemonsets,pods')).toBe(1)
  expect(node.events.some((event) => event.type === 'note')).toBe(false)
  node.script(HELM, { code: 1, stderr: 'Error: release: not found' })
  await back()
  expect(node.events).toContainEqual(
    expect.objectContaining({
      level: 'warning',
      text: { en: expect.stringMatching(/cloudcore.*not checked/), zh: expect.any(String) },
    }),
  )
})

it('ends at once when K3s does not stay up', async () => {
  states = [deployment(0)]
  node.script('systemctl show -p Id,NRestarts,ActiveState', 'Id=k3s.service\nActiveState=failed')
  node.script('journalctl', 'level=fatal msg="starting kubernetes: database is locked"')
  await expect(back()).rejects.toMatchObject({
    code: 'STEP_FAILED',
    because: { en: expect.stringContaining('database is locked') },
  })
})

it('waits for what a program writes at every start: it went with the datastore that was put back', async () => {
  charts = [CLOUDCORE, { ...CLOUDCORE, name: 'other', release: 'other' }]
  const written = ['', 'secret/tokensecret 2026-11-30T07:00:00Z']
  node.script(
    `${KUBECTL} --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge get secret tokensecret`,
    () => written.shift() ?? '',
  )
  await back()
  expect(written).toEqual([])
  expect([asked('tokensecret'), asked('newer')]).toEqual([2, 0])
})
