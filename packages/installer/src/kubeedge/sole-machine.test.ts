import { expect, it } from 'vitest'
import type { NodeIdentity } from './node-identity.ts'
import { otherMachine } from './sole-machine.ts'

const own: NodeIdentity = { name: 'edge', machineId: 'a', address: '10.0.0.2' }
const other: NodeIdentity = { name: 'edge', machineId: 'b', address: '10.0.0.3' }

/** @param seen second by second; the last one stays */
async function found(...seen: (NodeIdentity | undefined)[]) {
  let seconds = 0
  const look = async () => seen[Math.min(seconds, seen.length - 1)]
  const by = await otherMachine(own, look, async () => {
    seconds += 1
  })
  return { by, seconds }
}

it('is content at once with a Node that holds its own report, or with none', async () => {
  expect(await found(own)).toEqual({ by: undefined, seconds: 0 })
  expect(await found(undefined)).toEqual({ by: undefined, seconds: 0 })
})

it('takes an older report of this machine for what it is, once its own one stands', async () => {
  expect(await found({ ...own, address: '10.0.0.9' }, own)).toEqual({ by: undefined, seconds: 12 })
})

it.each([
  ['that is always the last to report', [other]],
  ['with its machine-id and another address', [{ ...own, address: '10.0.0.3' }]],
  ['that reports by turns with it', [other, own, own, other, own, other]],
])('finds another machine %s', async (_what, seen) => {
  expect((await found(...seen)).by).toEqual(seen[0])
})
