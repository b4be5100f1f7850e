import { expect, it } from 'vitest'
import { onArchiveNode } from '../support/upstream/archive-node.ts'

it('databases, whole and damaged, are looked at and copied by the Node that archives carry', async () => {
  const damaged = 'STEP_FAILED: the database /from.db is damaged'
  expect(await onArchiveNode('packages/installer/src/backup/database.child.ts')).toEqual({
    written: 'copied',
    whole: 'copied',
    cut: damaged,
    none: damaged,
    page: damaged,
    seen: ['whole', 'whole', 'damaged', 'damaged', 'damaged'],
    seenWhileWritten: 'nothing',
  })
})
