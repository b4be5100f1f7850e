import { expect, it } from 'vitest'
import { onArchiveNode } from '../support/upstream/archive-node.ts'

it('zstd of many frames, large ones and damaged ones is read by a Node that has it', async () => {
  expect(await onArchiveNode('packages/oci/src/tar/zstd-frames.child.ts')).toEqual({
    manyFrames: true,
    largeFrame: true,
    cutFails: true,
    damagedFails: true,
  })
})
