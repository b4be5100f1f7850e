import { type Database, sqlite } from '../node/sqlite.ts'
import { ofSqlite } from './database.ts'

/** More than a cluster writes in a week at 1,500 changes a second: what etcd's page on recovery raises a restored snapshot by. */
const RAISED_BY = 1_000_000_000

/**
 * Raises the revision of a datastore that is about to be put back above every one that the datastore before it can have given out,
 * and marks what lies below as compacted, as `etcdutl snapshot restore --bump-revision --mark-compacted` does (etcd, "Disaster
 * recovery"). Whoever goes on watching the API, and has watched the former datastore, is told to list again, in place of hearing of
 * nothing until the revision has caught up: pods on a cloud whose upgrade is rolled back (CoreDNS, controllers of the site's own),
 * and whatever watches from elsewhere.
 *
 * Done to the file that takes the datastore's place, before it does: at no time has the one that K3s would start on given out less.
 * A rollback that is run again finds a datastore that K3s has gone on from already, and raises above that one.
 *
 * kine has the revision as the highest `id`, and the compacted one in the row `compact_rev_key`; a row `gap-N` is what it writes
 * itself for a revision without a change (kine v0.14 pkg/drivers/generic/generic.go, Fill, SetCompactRevision).
 * K3s must not run. Why: docs/adr/0020-raised-revision.md.
 * @param file a copy of the datastore that is put back, as this process sees it
 * @param former the datastore that it replaces; need not be there, nor be one that can be read
 * @throws STEP_FAILED when the copy is none of kine's; a full or read-only disk as the system says it
 */
export function raiseRevision(file: string, former: string): void {
  const given = givenOut(former)
  try {
    const database = new (sqlite().DatabaseSync)(file)
    try {
      const raised = Math.max(revisionOf(database), given) + RAISED_BY
      database.exec(`BEGIN IMMEDIATE;
        INSERT INTO kine (id, name, created, deleted, create_revision, prev_revision, lease)
          VALUES (${raised}, 'gap-${raised}', 0, 1, 0, 0, 0);
        UPDATE kine SET prev_revision = ${raised} WHERE name = 'compact_rev_key';
        COMMIT`)
    } finally {
      database.close()
    }
  } catch (error) {
    throw ofSqlite(error, former)
  }
}

function revisionOf(database: Database): number {
  return Number(database.prepare('SELECT MAX(id) AS revision FROM kine').get()?.revision ?? 0)
}

/** 0 where nobody can tell: a datastore that is damaged may be why another one is put back. */
function givenOut(file: string): number {
  try {
    const database = new (sqlite().DatabaseSync)(file, { readOnly: true })
    try {
      return revisionOf(database)
    } finally {
      database.close()
    }
  } catch {
    return 0
  }
}
