import { type Host, onHost } from '../node/host.ts'
import { sqlite } from '../node/sqlite.ts'
import { DATASTORE } from './contents.ts'
import { ofSqlite } from './database.ts'
import type { CopyRecord } from './record.ts'

/** More than a cluster writes in a week at 1,500 changes a second: what etcd's page on recovery raises a restored snapshot by. */
const RAISED_BY = 1_000_000_000

/**
 * Raises the revision of a datastore that was put back above every one that the datastore before it can have given out, and marks
 * what lies below as compacted, as `etcdutl snapshot restore --bump-revision --mark-compacted` does (etcd, "Disaster recovery").
 * Whoever goes on watching the API, and has watched the former datastore, is told to list again, in place of hearing of nothing
 * until the revision has caught up: pods on a cloud whose upgrade is rolled back (CoreDNS, controllers of the site's own), and
 * whatever watches from elsewhere.
 *
 * kine has the revision as the highest `id`, and the compacted one in the row `compact_rev_key`; a row `gap-N` is what it writes
 * itself for a revision without a change (kine v0.14 pkg/drivers/generic/generic.go, Fill, SetCompactRevision).
 * K3s must not run. May be repeated. Why: docs/adr/0020-raised-revision.md.
 * @throws STEP_FAILED when the datastore is none of kine's; a full or read-only disk as the system says it
 */
export function raiseRevision(host: Host, { files }: Pick<CopyRecord, 'files'>): void {
  if (!files.some(({ database, path }) => database && path === DATASTORE)) return
  const file = onHost(host, DATASTORE)
  try {
    const database = new (sqlite().DatabaseSync)(file)
    try {
      const found = database.prepare('SELECT MAX(id) AS revision FROM kine').get()
      const raised = Number(found?.revision ?? 0) + RAISED_BY
      database.exec(`BEGIN IMMEDIATE;
        INSERT INTO kine (id, name, created, deleted, create_revision, prev_revision, lease)
          VALUES (${raised}, 'gap-${raised}', 0, 1, 0, 0, 0);
        UPDATE kine SET prev_revision = ${raised} WHERE name = 'compact_rev_key';
        COMMIT`)
    } finally {
      database.close()
    }
  } catch (error) {
    throw ofSqlite(error, file)
  }
}
