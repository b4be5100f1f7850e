import { describe, expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { K3S_CLUSTER } from './access.ts'
import { Pod, podState, podStates } from './pods.ts'

const container = (ready: boolean, restartCount = 0, state?: object) => ({ ready, restartCount, state })
const state = (status: object, { metadata = {}, spec = {} }: { metadata?: object; spec?: object } = {}) =>
  podState(Pod.parse({ metadata: { name: 'a', ...metadata }, spec, status }))

describe('a pod runs', () => {
  it.each([
    ['with each of its containers ready', [container(true), container(true)], true],
    ['not while one is not', [container(true), container(false)], false],
    ['not before its containers are reported', [], false],
    ['not before anything is', undefined, false],
  ])('%s', (_when, containerStatuses, running) => {
    expect(state({ phase: 'Running', containerStatuses }).running).toBe(running)
  })

  it('not when it has ended well', () => {
    expect(state({ phase: 'Succeeded', containerStatuses: [container(true)] }).running).toBe(false)
  })
})

it('the reason is what a container waits for, else the phase', () => {
  const waiting = container(false, 4, { waiting: { reason: 'CrashLoopBackOff' } })
  expect(state({ phase: 'Running', containerStatuses: [container(true, 3), waiting] })).toMatchObject({
    reason: 'CrashLoopBackOff',
    restarts: 7,
  })
  expect(state({ phase: 'Pending' }).reason).toBe('Pending')
  expect(state({ phase: 'Failed', reason: 'Evicted', message: 'low on disk' }).reason).toBe('Evicted')
  expect(state({}).reason).toBe('Unknown')
})

it('the reason of a pod that has started and is not ready is no "Running"', () => {
  const up = container(false, 1, { running: { startedAt: '2026-11-28T00:00:01Z' } })
  const down = container(false, 1, { terminated: { reason: 'ContainerStatusUnknown' } })
  const reason = (...containerStatuses: object[]) => state({ phase: 'Running', containerStatuses }).reason
  expect(reason(up)).toBe('ContainersNotReady')
  expect(reason(up, down)).toBe('ContainerStatusUnknown')
  expect(reason(container(true, 0, {}))).toBe('Running')
})

it('the reason of a pod that is stuck before its containers is that of the init container', () => {
  const blocked = container(false, 0, { waiting: { reason: 'PodInitializing' } })
  const init = (state: object) => [container(true, 0, { terminated: {} }), container(false, 0, state)]
  const reason = (state_: object) =>
    state({ phase: 'Pending', initContainerStatuses: init(state_), containerStatuses: [blocked] }).reason
  expect(reason({ waiting: { reason: 'ImagePullBackOff' } })).toBe('ImagePullBackOff')
  expect(reason({ running: { startedAt: '2026-11-28T00:00:01Z' } })).toBe('Pending')
})

it('has ended once its phase is a last one: a kubelet evicts it or refuses it, or it is through', () => {
  const ended = (phase?: string) => state({ phase }).ended
  expect(['Pending', 'Running', 'Failed', 'Succeeded', undefined].map(ended)).toEqual([
    ...[false, false, true, true, false],
  ])
})

it('started is when the first of its containers did, and unknown while one does not run', () => {
  const since = (startedAt: string) => container(true, 0, { running: { startedAt } })
  const early = since('2026-11-28T00:00:01Z')
  const late = since('2026-11-28T00:00:09Z')
  expect(state({ containerStatuses: [late, early] }).started).toBe(Date.parse('2026-11-28T00:00:01Z'))
  expect(state({ containerStatuses: [late, container(false)] }).started).toBeNaN()
})

describe('where a pod is', () => {
  const affinity = (matchFields: unknown) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
      },
    },
  })
  const field = { key: 'metadata.name', operator: 'In', values: ['edge'] }

  it.each([
    ['it is bound', { nodeName: 'cloud', ...affinity([field]) }, 'cloud'],
    ['its DaemonSet wants it, before it is bound', affinity([field]), 'edge'],
    ['nobody knows yet', affinity([{ ...field, key: 'metadata.uid' }]), undefined],
    ['nobody knows yet, without an affinity', {}, undefined],
  ])('is where %s', (_where, spec, node) => {
    expect(state({}, { spec }).node).toBe(node)
  })
})

it('one that is deleted and not gone is ending', () => {
  expect(state({}, { metadata: { deletionTimestamp: '2026-11-28T00:00:00Z' } }).ending).toBe(true)
  expect(state({}).ending).toBe(false)
})

it('pods of a silent API are unknown, not none', async () => {
  await using on = await trial()
  const pods = () => podStates({ host: on.host, ...K3S_CLUSTER }, 'kubeedge', 'app=x')
  on.script('/usr/local/bin/k3s kubectl', JSON.stringify({ items: [] }))
  expect(await pods()).toEqual([])
  on.script('/usr/local/bin/k3s kubectl', { code: 1, stderr: 'error: You must be logged in to the server' })
  expect(await pods()).toBeUndefined()
})
