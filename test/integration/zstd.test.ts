import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { expect, it } from 'vitest'
import { npmProgram } from '../support/upstream/npm-programs.ts'
import { repositoryRoot } from '../support/upstream/places.ts'

it('zstd of many frames, large ones and damaged ones is read by a Node that has it', async () => {
  const node = await npmProgram('node', process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64')
  if (node === undefined) throw new Error('Node 24 cannot be had from the npm registry')
  const program = path.join(repositoryRoot, 'packages/oci/src/tar/zstd-frames.child.ts')
  const printed = await mustExec(exec, node, [path.join(repositoryRoot, 'scripts/run.mjs'), program])
  expect(JSON.parse(printed)).toEqual({
    manyFrames: true,
    largeFrame: true,
    cutFails: true,
    damagedFails: true,
  })
})
