import { afterEach, beforeEach, expect, it } from 'vitest'
import { CONNECTED, type MetaServerTrial, metaServerTrial } from '../testing/meta-server.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { isNodeDeleted, isNodeRegistered, registeredIdentity } from './node-identity.ts'

const NODES = '/api/v1/nodes'

let meta: MetaServerTrial
let on: Trial
beforeEach(async () => {
  meta = await metaServerTrial()
  on = await trial({ metaServer: meta.server })
  on.script('ss', CONNECTED)
})
afterEach(async () => {
  await on[Symbol.asyncDispose]()
  await meta[Symbol.asyncDispose]()
})

const node = (name: string) => ({ metadata: { name }, status: { nodeInfo: { machineID: `id of ${name}` } } })
const isDeleted = () => isNodeDeleted(on.host, { nodeName: 'edge', hubPort: 10000 })

it.each([
  ['the cloud lists others only', [node('cloud'), node('edge-2')], true],
  ['the cloud lists it', [node('cloud'), node('edge')], false],
  ['metaServer lists nothing: its cloud is silent, and its database has no Node', [], false],
])('whether a Node was deleted: %s', async (_what, items, deleted) => {
  meta.set(NODES, { items })
  // What metaServer has in its database of a Node that the cloud has no more.
  meta.set(`${NODES}/edge`, node('edge'))
  expect(await isDeleted()).toBe(deleted)
  expect(await isNodeRegistered(on.host, 'edge')).toBe(items.some(({ metadata }) => metadata.name === 'edge'))
  expect(await registeredIdentity(on.host, 'edge')).toEqual(
    items.length === 0
      ? 'silent'
      : deleted
        ? undefined
        : { name: 'edge', machineId: 'id of edge', address: undefined },
  )
})

it('takes no Node for deleted without a connection, nor while metaServer does not respond', async () => {
  expect(await isDeleted()).toBe(false)
  meta.set(NODES, { items: [node('cloud')] })
  on.script('ss', '')
  expect(await isDeleted()).toBe(false)
})
