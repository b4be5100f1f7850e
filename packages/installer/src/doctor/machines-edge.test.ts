import { afterEach, beforeEach, expect, it } from 'vitest'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { type MetaServerTrial, metaServerTrial } from '../testing/meta-server.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { edgeMachines } from './machines.ts'

let meta: MetaServerTrial
let on: Trial
beforeEach(async () => {
  meta = await metaServerTrial()
  on = await trial({ metaServer: meta.server })
  await on.put('/etc/machine-id', 'aaaa\n')
  await on.put(EDGECORE_CONFIG, 'modules: { edged: { nodeIP: 10.0.0.2 } }\n')
})
afterEach(async () => {
  await on[Symbol.asyncDispose]()
  await meta[Symbol.asyncDispose]()
})

const node = (name: string, machineID: string, address: string) => ({
  metadata: { name },
  status: { addresses: [{ type: 'InternalIP', address }], nodeInfo: { machineID } },
})
async function found(...items: object[]) {
  meta.set('/api/v1/nodes', { items })
  return edgeMachines(on.host, 'edge-1')
}
const own = node('edge-1', 'aaaa', '10.0.0.2')

it('finds nothing where the Node of this name is this machine, or has not been reported on yet', async () => {
  expect(await found(own, node('edge-2', 'bbbb', '10.0.0.3'))).toEqual([])
  expect(await found({ metadata: { name: 'edge-1' } })).toEqual([])
  expect(await found(node('edge-2', 'bbbb', '10.0.0.3'))).toEqual([])
})

it.each([
  ['another machine', node('edge-1', 'bbbb', '10.0.0.9'), '10.0.0.9, machine-id bbbb'],
  ['its own clone at another address', node('edge-1', 'aaaa', '10.0.0.9'), '10.0.0.9, machine-id aaaa'],
])('tells that %s reports under its name, and how to get another one', async (_what, other, seen) => {
  const [shared] = await found(other)
  expect(shared).toMatchObject({
    code: 'NODE_NAME_SHARED',
    seen: {
      en: `two machines report as node edge-1: 10.0.0.2, machine-id aaaa; ${seen}`,
      zh: `两台机器都以节点 edge-1 上报：10.0.0.2, machine-id aaaa；${seen}`,
    },
    fix: { en: expect.stringContaining('--node-name'), zh: expect.stringContaining('--node-name') },
  })
})

it('warns of a cloned machine-id of its own, and of none that others have', async () => {
  const others = [node('edge-3', 'cccc', '10.0.0.4'), node('edge-4', 'cccc', '10.0.0.5')]
  expect(await found(own, ...others)).toEqual([])
  expect(await found(own, node('edge-2', 'aaaa', '10.0.0.3'), ...others)).toMatchObject([
    {
      code: 'MACHINE_ID_SHARED',
      severity: 'warning',
      seen: { en: 'nodes edge-1, edge-2 have one machine-id: aaaa' },
    },
  ])
})

it.each([
  ['has no machine-id', ''],
  ['is silent about its nodes', 'aaaa\n'],
])('finds nothing where the machine %s: it would be a guess', async (what, machineId) => {
  await on.put('/etc/machine-id', machineId)
  if (what.startsWith('has')) expect(await found(node('edge-1', 'bbbb', '10.0.0.9'))).toEqual([])
  else expect(await edgeMachines(on.host, 'edge-1')).toEqual([])
})
