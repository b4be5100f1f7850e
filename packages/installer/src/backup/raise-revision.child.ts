/** Prints what becomes of a datastore of kine's whose revision is raised, for a test that runs on a Node without SQLite. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Host } from '../node/host.ts'
import { sqlite } from '../node/sqlite.ts'
import { DATASTORE } from './contents.ts'
import { raiseRevision } from './raise-revision.ts'

const { DatabaseSync } = sqlite()

const root = await mkdtemp(path.join(tmpdir(), 'edgelift-revision-'))
const host = { root } as unknown as Host
const file = path.join(root, DATASTORE)
const database = { path: DATASTORE, name: '0', database: true, size: 1, mode: 0o600, uid: 0, gid: 0 }
await mkdir(path.dirname(file), { recursive: true })

function fill(sql: string): void {
  const open = new DatabaseSync(file)
  open.exec(sql)
  open.close()
}

function raised(files: object[] = [database]): string {
  try {
    raiseRevision(host, { files } as unknown as Parameters<typeof raiseRevision>[1])
    return 'raised'
  } catch (error) {
    const { code, because } = error as { code?: string; because?: { en: string } }
    return `${code}: ${because?.en}`
  }
}

// kine v0.14 pkg/drivers/sqlite/sqlite.go, schema
fill(`PRAGMA journal_mode = WAL;
  CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, created INTEGER, deleted INTEGER,
    create_revision INTEGER, prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB);
  CREATE UNIQUE INDEX kine_name_prev_revision_uindex ON kine (name, prev_revision);
  INSERT INTO kine (name, created, deleted, create_revision, prev_revision, lease) VALUES
    ('compact_rev_key', 1, 0, 0, 40, 0), ('/registry/a', 1, 0, 0, 0, 0), ('/registry/a', 0, 0, 2, 2, 0)`)
const other = raised([{ ...database, path: '/var/lib/kubeedge/edgecore.db' }])
const first = raised()
const second = raised()
const left = await readdir(path.dirname(file))
fill("INSERT INTO kine (name, created, deleted, prev_revision) VALUES ('/registry/b', 1, 0, 0)")
const open = new DatabaseSync(file)
const { rows } = open
  .prepare(
    `SELECT json_group_array(json_object('id', id, 'name', name, 'deleted', deleted, 'previous', prev_revision)) AS rows
      FROM (SELECT * FROM kine ORDER BY id)`,
  )
  .get() as { rows: string }
open.close()
await rm(file)
fill('CREATE TABLE meta (key TEXT)')
process.stdout.write(JSON.stringify({ other, first, second, left, rows: JSON.parse(rows), none: raised() }))
await rm(root, { recursive: true })
