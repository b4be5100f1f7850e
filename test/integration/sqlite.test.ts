import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { expect, it } from 'vitest'
import { npmProgram } from '../support/upstream/npm-programs.ts'
import { repositoryRoot } from '../support/upstream/places.ts'

it('databases, whole and damaged, are copied by the Node that archives carry', async () => {
  const node = await npmProgram('node', process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64')
  if (node === undefined) throw new Error('Node 24 cannot be had from the npm registry')
  const program = path.join(repositoryRoot, 'packages/installer/src/backup/database.child.ts')
  const printed = await mustExec(exec, node, [path.join(repositoryRoot, 'scripts/run.mjs'), program])
  const damaged = 'STEP_FAILED: the database /from.db is damaged'
  expect(JSON.parse(printed)).toEqual({ whole: 'copied', cut: damaged, none: damaged, page: damaged })
})
