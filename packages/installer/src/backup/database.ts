import { rm } from 'node:fs/promises'
import { fail } from '../problem/codes.ts'

/** Copies an SQLite database while programs write to it; `to` is whole when the promise resolves. */
export type CopyDatabase = (from: string, to: string) => Promise<void>

/** As far as it is used here: `@types/node` knows the module from 22 on. */
interface Sqlite {
  readonly DatabaseSync: new (file: string) => Database
  readonly backup: (source: Database, to: string, options: { readonly rate: number }) => Promise<number>
}

interface Database {
  readonly prepare: (sql: string) => { readonly get: () => Record<string, unknown> | undefined }
  readonly close: () => void
}

/** All pages in one step: where another process writes, SQLite begins a backup of several steps again. */
const ALL_PAGES = 2 ** 31 - 1

/**
 * SQLite's online backup, as the archive's Node brings it: one read transaction, which keeps no writer waiting in WAL
 * mode (kine's). The copy is checked.
 * @throws STEP_FAILED when the database is damaged
 */
export const copySqlite: CopyDatabase = async (from, to) => {
  const { DatabaseSync, backup } = sqlite()
  await rm(to, { force: true })
  const source = new DatabaseSync(from)
  try {
    await backup(source, to, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(to)
  try {
    const found = Object.values(copy.prepare('PRAGMA quick_check(1)').get() ?? {})[0]
    if (found !== 'ok') throw damaged(from, String(found))
  } finally {
    copy.close()
  }
}

/** An SQLite database is more than one file while a program has it open. */
export const SQLITE_SIDE_FILES = ['-wal', '-shm', '-journal'] as const

function sqlite(): Sqlite {
  const found = process.getBuiltinModule('node:sqlite')
  if (found === undefined) throw new Error(`Node ${process.version} has no node:sqlite`)
  return found as Sqlite
}

function damaged(file: string, words: string): Error {
  return fail('STEP_FAILED', {
    what: { en: `the database ${file} is damaged`, zh: `数据库 ${file} 已损坏` },
    because: words,
    fix: {
      en: 'check the disk (dmesg); restore the last good backup: ./install.sh --restore FILE',
      zh: '请检查磁盘（dmesg）；可用最近一次完好的备份恢复：./install.sh --restore 文件',
    },
  })
}
