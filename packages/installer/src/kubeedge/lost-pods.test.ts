import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type BoundPod, boundPods, replaceLostPods } from './lost-pods.ts'

const pod = (name: string, nodeName: string, phase: string, metadata: object = {}) => ({
  metadata: {
    name,
    namespace: 'kubeedge',
    uid: `uid-${name}`,
    ownerReferences: [{ controller: true }],
    ...metadata,
  },
  spec: { nodeName },
  status: { phase },
})

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

it('takes only pods of this node that a controller recreates', () => {
  const items = [
    pod('lost', 'edge', 'Pending'),
    pod('former', 'edge', 'Running'),
    pod('going', 'edge', 'Running', { deletionTimestamp: '2026-11-24T10:00:00Z' }),
    pod('by-hand', 'edge', 'Pending', { ownerReferences: undefined }),
    pod('ended', 'edge', 'Succeeded'),
    pod('elsewhere', 'cloud', 'Pending'),
  ]
  expect(boundPods({ items }, 'edge').map(({ name }) => name)).toEqual(['lost', 'former'])
  expect(boundPods({ items: null }, 'edge')).toEqual([])
  expect(boundPods(undefined, 'edge')).toEqual([])
})

it('deletes a pod that has not come for a while, and leaves those alone that are here or on their way', async () => {
  const lost = { namespace: 'kubeedge', name: 'agent-1', uid: '1' }
  const here = { namespace: 'default', name: 'web', uid: '2' }
  let bound: BoundPod[] = [lost, here]
  const removed: string[] = []
  const look = replaceLostPods({
    pods: () => Promise.resolve(bound),
    isHere: ({ uid }) => Promise.resolve(uid === here.uid),
    remove: ({ name }) => {
      removed.push(name)
      return Promise.resolve(true)
    },
  })
  expect(await look()).toEqual([])
  vi.advanceTimersByTime(20_000)
  expect(await look()).toEqual([])
  vi.advanceTimersByTime(11_000)
  expect(await look()).toEqual(['kubeedge/agent-1'])
  expect(removed).toEqual(['agent-1'])
  bound = [{ ...lost, name: 'agent-2', uid: '3' }]
  vi.advanceTimersByTime(6_000)
  expect(await look()).toEqual([])
})
