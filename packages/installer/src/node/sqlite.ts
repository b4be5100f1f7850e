import { open } from 'node:fs/promises'
import { isErrno } from '@edgelift/core'

/** As far as it is used here: `@types/node` knows the module from 22 on. */
interface Sqlite {
  readonly DatabaseSync: new (file: string, options?: { readonly readOnly: boolean }) => Database
  readonly backup: (source: Database, to: string, options: { readonly rate: number }) => Promise<number>
}

export interface Database {
  readonly prepare: (sql: string) => { readonly get: () => Record<string, unknown> | undefined }
  readonly exec: (sql: string) => void
  readonly close: () => void
}

/** SQLite as the archive's Node brings it. @throws Error on a Node without it */
export function sqlite(): Sqlite {
  const found = process.getBuiltinModule('node:sqlite')
  if (found === undefined) throw new Error(`Node ${process.version} has no node:sqlite`)
  return found as Sqlite
}

/** Result codes of SQLite (sqlite.org/rescode.html) of which more is known than that it failed. */
export const SQLITE = { busy: 5, locked: 6, readOnly: 8, corrupt: 11, full: 13, notADatabase: 26 } as const
/** Above these bits stands what an extended code adds to its result code. */
const RESULT = 0xff

/** The result code of an error of SQLite; undefined for errors of others. */
export function resultCode(error: unknown): number | undefined {
  if (!isErrno(error, 'ERR_SQLITE_ERROR')) return undefined
  const { errcode = 0 } = error as { readonly errcode?: number }
  return errcode & RESULT
}

/** What SQLite finds wrong in the pages of an open database; undefined where it finds nothing. */
export function damageOf(database: Database): string | undefined {
  const found = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0]
  return found === 'ok' ? undefined : String(found)
}

/** An SQLite database is more than one file while a program has it open. */
export const SQLITE_SIDE_FILES = ['-wal', '-shm', '-journal'] as const

/** How a database begins (sqlite.org/fileformat.html, 1.3). */
const MAGIC = Buffer.from('SQLite format 3\0')

/**
 * What is wrong with a database in SQLite's words; undefined for one that is whole, empty or not there, and for one that cannot
 * be looked at now because a program writes to it. Reads all of it, and changes nothing.
 */
export async function sqliteDamage(file: string): Promise<string | undefined> {
  const head = await headOf(file)
  if (head === undefined) return undefined
  if (!head.equals(MAGIC)) return 'file is not a database'
  try {
    const database = new (sqlite().DatabaseSync)(file, { readOnly: true })
    try {
      return damageOf(database)
    } finally {
      database.close()
    }
  } catch (error) {
    const code = resultCode(error)
    if (code === undefined) throw error
    return code === SQLITE.corrupt || code === SQLITE.notADatabase ? (error as Error).message : undefined
  }
}

/** The first bytes; undefined for a file that is empty or not there. */
async function headOf(file: string): Promise<Buffer | undefined> {
  const handle = await open(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  if (handle === undefined) return undefined
  await using opened = handle
  const { bytesRead, buffer } = await opened.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
  return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
}
