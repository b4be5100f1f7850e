import { rm } from 'node:fs/promises'
import type { Text } from '@edgelift/core'
import { K3S_UNIT } from '../k3s/files.ts'
import { EDGE_DATABASE } from '../kubeedge/edge-database.ts'
import { damagedFix } from '../node/crash-loop.ts'
import { untilDone } from '../node/pauses.ts'
import { damageOf, resultCode, SQLITE, sqlite } from '../node/sqlite.ts'
import { fail } from '../problem/codes.ts'

/** Copies an SQLite database while programs write to it; `to` is whole when the promise resolves. */
export type CopyDatabase = (from: string, to: string) => Promise<void>

/** All pages in one step: where another process writes, SQLite begins a backup of several steps again. */
const ALL_PAGES = 2 ** 31 - 1

/**
 * SQLite's online backup, as the archive's Node brings it: one read transaction, which keeps no writer waiting in WAL
 * mode (kine's). In the other modes (EdgeCore's) a writer keeps it waiting. The copy is checked.
 * @throws STEP_FAILED when the database is damaged, cannot be read, or is not let go; a full or read-only disk as the system says it
 */
export const copySqlite: CopyDatabase = async (from, to) => {
  const { DatabaseSync, backup } = sqlite()
  const attempt = async () => {
    await rm(to, { force: true })
    const source = new DatabaseSync(from)
    try {
      await backup(source, to, { rate: ALL_PAGES })
    } finally {
      source.close()
    }
  }
  try {
    await untilDone(attempt, { seconds: PATIENCE, passes: isBusy })
    const copy = new DatabaseSync(to)
    try {
      const damage = damageOf(copy)
      if (damage !== undefined) throw damaged(from, damage)
    } finally {
      copy.close()
    }
  } catch (error) {
    throw ofSqlite(error, from)
  }
}

/** Seconds within which a writer lets a database go. Its transaction takes milliseconds, and on a busy machine seconds. */
const PATIENCE = 60

/**
 * Of a first step that finds the database locked Node says code 0, "not an error": it asks the copy's side, which has none
 * (Node src/node_sqlite.cc, BackupJob).
 */
function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code !== undefined && [0, SQLITE.busy, SQLITE.locked].includes(code)
}

/** What SQLite says, in the system's words where they are its own, else for people. Other errors stay as they are. */
export function ofSqlite(error: unknown, file: string): unknown {
  const code = resultCode(error)
  if (code === undefined) return error
  const { message } = error as Error
  switch (code) {
    case SQLITE.full:
      return Object.assign(new Error(message, { cause: error }), { code: 'ENOSPC' })
    case SQLITE.readOnly:
      return Object.assign(new Error(message, { cause: error }), { code: 'EROFS' })
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return damaged(file, message)
    default:
      return fail('STEP_FAILED', {
        what: { en: `the database ${file} cannot be used`, zh: `无法使用数据库 ${file}` },
        because: isBusy(error) ? BUSY : message,
        fix: { en: 'check the disk (dmesg), then run it again', zh: '请检查磁盘（dmesg），然后重新运行' },
      })
  }
}

function damaged(file: string, words: string): Error {
  return fail('STEP_FAILED', {
    what: { en: `the database ${file} is damaged`, zh: `数据库 ${file} 已损坏` },
    because: words,
    fix: file.endsWith(EDGE_DATABASE) ? REFILL : damagedFix(K3S_UNIT),
  })
}

const BUSY: Text = {
  en: `another process has kept it locked for ${PATIENCE} s`,
  zh: `另一个进程已锁定该数据库 ${PATIENCE} 秒`,
}

/** EdgeCore's database holds what the cloud has sent (KubeEdge docs, "MetaManager"). */
const REFILL: Text = {
  en: `check the disk (dmesg); while the cloud is reachable: systemctl stop edgecore, move ${EDGE_DATABASE} away, systemctl start edgecore: the cloud sends its content again; then run it again`,
  zh: `请检查磁盘（dmesg）；在云端可达时执行 systemctl stop edgecore，移走 ${EDGE_DATABASE}，再执行 systemctl start edgecore，云端会重新下发其内容；然后重新运行`,
}
