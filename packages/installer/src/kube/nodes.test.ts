import { expect, it } from 'vitest'
import { nodeOf, nodesOf } from './nodes.ts'

it('reads a Node of which nothing is known yet, as after it was created by hand', () => {
  expect(nodeOf({ metadata: { name: 'edge' } })).toEqual({
    name: 'edge',
    hostname: 'edge',
    addresses: [],
    internalIp: undefined,
    isEdge: false,
    ready: false,
    runtime: '',
    kubelet: '',
    machineId: '',
    images: new Set(),
  })
})

it('takes nothing else for a Node or a list of them', () => {
  expect(nodeOf({ kind: 'Status', metadata: {} })).toBeUndefined()
  expect(nodesOf(undefined)).toBeUndefined()
  expect(nodesOf({ items: [] })).toEqual([])
})
