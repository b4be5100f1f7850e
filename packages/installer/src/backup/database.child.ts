/** Prints how Node's own SQLite copies whole and damaged databases, for a test that runs on a Node without it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sqlite, sqliteDamage } from '../node/sqlite.ts'
import { copySqlite } from './database.ts'

const { DatabaseSync } = sqlite()

const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-database-'))
const file = path.join(folder, 'state.db')
const database = new DatabaseSync(file)
database.exec('create table kine(value text)')
for (let row = 0; row < 2000; row++) database.exec(`insert into kine values ('${'x'.repeat(100)}')`)
database.close()
const whole = await readFile(file)

async function ending(bytes: Uint8Array): Promise<string> {
  const from = path.join(folder, 'from.db')
  await writeFile(from, bytes)
  return copySqlite(from, path.join(folder, 'to.db')).then(
    () => 'copied',
    (error: { code?: string; what?: { en: string } }) =>
      `${error.code}: ${error.what?.en.replace(folder, '')}`,
  )
}

/** Another connection keeps the database for a second, as EdgeCore does, which uses no WAL. */
async function whileWritten(): Promise<string> {
  const from = path.join(folder, 'written.db')
  await writeFile(from, whole)
  const writer = new DatabaseSync(from)
  writer.exec("begin exclusive; insert into kine values ('new')")
  const end = setTimeout(() => writer.exec('commit'), 1000)
  try {
    await copySqlite(from, path.join(folder, 'to.db'))
    return 'copied'
  } finally {
    clearTimeout(end)
    writer.close()
  }
}

/** What is seen of a database without a copy of it. */
async function seen(bytes: Uint8Array): Promise<string> {
  const from = path.join(folder, 'seen.db')
  await writeFile(from, bytes)
  return (await sqliteDamage(from)) === undefined ? 'whole' : 'damaged'
}

/** Nobody can tell whether a database is damaged while its writer keeps it. */
async function seenWhileWritten(): Promise<string> {
  const from = path.join(folder, 'kept.db')
  await writeFile(from, whole)
  const writer = new DatabaseSync(from)
  writer.exec("begin exclusive; insert into kine values ('new')")
  try {
    return (await sqliteDamage(from)) ?? 'nothing'
  } finally {
    writer.close()
  }
}

const [none, page] = [Buffer.alloc(8192, 7), Buffer.from(whole).fill(0xff, 3 * 4096, 4 * 4096)]
process.stdout.write(
  JSON.stringify({
    written: await whileWritten(),
    whole: await ending(whole),
    cut: await ending(whole.subarray(0, -5000)),
    none: await ending(none),
    page: await ending(page),
    seen: [
      await seen(whole),
      await seen(Buffer.alloc(0)),
      await seen(whole.subarray(0, -5000)),
      await seen(none),
      await seen(page),
    ],
    seenWhileWritten: await seenWhileWritten(),
  }),
)
await rm(folder, { recursive: true })
