import { expect, it } from 'vitest'
import { nodesOf } from './nodes.ts'

it('reads a Node of which nothing is known yet, as after it was created by hand', () => {
  expect(nodesOf({ items: [{ metadata: { name: 'edge' } }] })).toEqual([
    {
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
    },
  ])
})

it('takes nothing else for a list of Nodes', () => {
  expect(nodesOf({ kind: 'Status', metadata: {} })).toBeUndefined()
  expect(nodesOf(undefined)).toBeUndefined()
  expect(nodesOf({ items: [] })).toEqual([])
})
