/** Prints what becomes of a datastore of kine's whose revision is raised, for a test that runs on a Node without SQLite. */
import { copyFile, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sqlite } from '../node/sqlite.ts'
import { raiseRevision } from './raise-revision.ts'

const { DatabaseSync } = sqlite()

const root = await mkdtemp(path.join(tmpdir(), 'edgelift-revision-'))
const [copy, former] = ['copy.db', 'state.db'].map((name) => path.join(root, name)) as [string, string]

function fill(file: string, sql: string): void {
  const open = new DatabaseSync(file)
  open.exec(sql)
  open.close()
}

function raised(): string {
  try {
    raiseRevision(copy, former)
    return 'raised'
  } catch (error) {
    const { code, because } = error as { code?: string; because?: { en: string } }
    return `${code}: ${because?.en}`
  }
}

function revision(): unknown {
  const open = new DatabaseSync(copy)
  const { id } = open.prepare('SELECT MAX(id) AS id FROM kine').get() as { id: unknown }
  open.close()
  return id
}

// kine v0.14 pkg/drivers/sqlite/sqlite.go, schema
const KINE = `PRAGMA journal_mode = WAL;
  CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, created INTEGER, deleted INTEGER,
    create_revision INTEGER, prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB);
  CREATE UNIQUE INDEX kine_name_prev_revision_uindex ON kine (name, prev_revision);
  INSERT INTO kine (name, created, deleted, create_revision, prev_revision, lease) VALUES
    ('compact_rev_key', 1, 0, 0, 40, 0), ('/registry/a', 1, 0, 0, 0, 0), ('/registry/a', 0, 0, 2, 2, 0);`
fill(copy, KINE)
const first = raised()
const second = raised()
const left = await readdir(root)
fill(copy, "INSERT INTO kine (name, created, deleted, prev_revision) VALUES ('/registry/b', 1, 0, 0)")
const open = new DatabaseSync(copy)
const { rows } = open
  .prepare(
    `SELECT json_group_array(json_object('id', id, 'name', name, 'deleted', deleted, 'previous', prev_revision)) AS rows
      FROM (SELECT * FROM kine ORDER BY id)`,
  )
  .get() as { rows: string }
open.close()

/** What another datastore than the copy has given out, of whose last changes only its log tells: K3s was killed. */
async function above(kill: boolean): Promise<unknown> {
  for (const file of [copy, former]) await rm(file, { force: true })
  fill(copy, KINE)
  const writer = new DatabaseSync(former)
  writer.exec(`${KINE} INSERT INTO kine (id, name, prev_revision) VALUES (5000000000, '/registry/c', 0)`)
  if (kill)
    for (const name of ['state.db', 'state.db-wal'])
      await copyFile(path.join(root, name), path.join(root, `of-${name}`))
  writer.close()
  if (kill)
    for (const name of ['state.db', 'state.db-wal'])
      await rename(path.join(root, `of-${name}`), path.join(root, name))
  raiseRevision(copy, former)
  return revision()
}
const [stopped, killed] = [await above(false), await above(true)]
await writeFile(former, 'no database')
raiseRevision(copy, former)
const damaged = revision()

await rm(copy)
fill(copy, 'CREATE TABLE meta (key TEXT)')
const none = raised()
process.stdout.write(
  JSON.stringify({ first, second, left, rows: JSON.parse(rows), stopped, killed, damaged, none }),
)
await rm(root, { recursive: true })
