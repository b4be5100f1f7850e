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

it('the revision of a datastore that was put back is raised above all that was given out, and marked as compacted', async () => {
  const row = (id: number, name: string, previous: number, deleted = 0) => ({ id, name, deleted, previous })
  expect(await onArchiveNode('packages/installer/src/backup/raise-revision.child.ts')).toEqual({
    first: 'raised',
    second: 'raised',
    left: ['copy.db'],
    rows: [
      row(1, 'compact_rev_key', 2_000_000_003),
      row(2, '/registry/a', 0),
      row(3, '/registry/a', 2),
      row(1_000_000_003, 'gap-1000000003', 0, 1),
      row(2_000_000_003, 'gap-2000000003', 0, 1),
      row(2_000_000_004, '/registry/b', 0),
    ],
    // Of the datastore that is replaced the highest revision counts, also where K3s was killed and has left it in its log.
    stopped: 6_000_000_000,
    killed: 6_000_000_000,
    damaged: 7_000_000_000, // it tells nothing: the copy's own counts
    none: 'STEP_FAILED: no such table: kine',
  })
})
