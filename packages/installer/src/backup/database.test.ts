import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EDGE_DATABASE } from '../kubeedge/edge-database.ts'
import { copySqlite } from './database.ts'

/**
 * Node's own SQLite is tried by an integration test, on the Node that archives carry. Here a double stands for it, which
 * says what that one was seen to say.
 */
interface Said {
  /** Of the backup: an SQLite result code and its words. */
  readonly fails?: { readonly errcode: number; readonly words: string }
  /** Whether it fails once more. */
  readonly again?: () => boolean
  readonly check?: string
}

let folder: string
let open: string[]
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-database-'))
  open = []
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

function sqliteThat({ fails, again = () => true, check = 'ok' }: Said): void {
  class DatabaseSync {
    readonly file: string
    constructor(file: string) {
      this.file = file
      open.push(file)
    }
    prepare() {
      return { get: () => ({ quick_check: check }) }
    }
    close() {
      open = open.filter((one) => one !== this.file)
    }
  }
  const backup = async (source: DatabaseSync, to: string) => {
    if (fails !== undefined && again())
      throw Object.assign(new Error(fails.words), { code: 'ERR_SQLITE_ERROR', errcode: fails.errcode })
    await writeFile(to, await readFile(source.file))
    return 1
  }
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ DatabaseSync, backup } as never)
}

async function copied(): Promise<string> {
  const [from, to] = [path.join(folder, 'state.db'), path.join(folder, 'copy.db')]
  await writeFile(from, 'pages')
  await writeFile(to, 'of a copy that was cut off')
  await copySqlite(from, to)
  return readFile(to, 'utf8')
}

it('copies a database, over what a run that was cut off has left', async () => {
  sqliteThat({})
  expect(await copied()).toBe('pages')
  expect(open).toEqual([])
})

describe('a database that cannot be copied', () => {
  it.each([
    ['is none', { fails: { errcode: 26, words: 'file is not a database' } }, 'file is not a database'],
    ['is cut', { fails: { errcode: 11, words: 'database disk image is malformed' } }, 'malformed'],
    ['is cut, by an extended code', { fails: { errcode: 11 | (2 << 8), words: 'malformed' } }, 'malformed'],
    ['has a page that is none', { check: 'Tree 2 page 4: btreeInitPage() returns error code 11' }, 'Tree 2'],
  ])('%s: it is damaged, and an earlier backup is the way out', async (_what, said, words) => {
    sqliteThat(said)
    await expect(copied()).rejects.toMatchObject({
      code: 'STEP_FAILED',
      what: { en: expect.stringMatching(/state\.db is damaged$/) },
      because: { en: expect.stringContaining(words) },
      // A restore is refused where something is installed.
      fix: {
        en: expect.stringMatching(/\.\/cleanup\.sh, then \.\/install\.sh --restore FILE/),
        zh: expect.stringMatching(/\.\/cleanup\.sh.*\.\/install\.sh --restore/),
      },
    })
    expect(open).toEqual([])
  })

  it("that is EdgeCore's is filled again by the cloud", async () => {
    sqliteThat({ check: 'Tree 2 page 4' })
    const from = path.join(folder, EDGE_DATABASE)
    await mkdir(path.dirname(from), { recursive: true })
    await writeFile(from, 'pages')
    await expect(copySqlite(from, path.join(folder, 'copy.db'))).rejects.toMatchObject({
      fix: { en: expect.stringContaining('systemctl stop edgecore') },
    })
  })

  it.each([
    [13, 'ENOSPC'],
    [8, 'EROFS'],
    [8 | (1 << 8), 'EROFS'],
  ])('for its disk says so as the system does: SQLite %i is %s', async (errcode, code) => {
    sqliteThat({ fails: { errcode, words: 'database or disk is full' } })
    await expect(copied()).rejects.toMatchObject({ code })
  })

  it('for another reason is told with the words of SQLite', async () => {
    sqliteThat({ fails: { errcode: 10, words: 'disk I/O error' } })
    await expect(copied()).rejects.toMatchObject({
      code: 'STEP_FAILED',
      what: { en: expect.stringMatching(/cannot be used$/) },
      because: { en: 'disk I/O error' },
    })
  })
})

describe('a database that another process writes to', () => {
  // What Node was seen to say of a lock: of one that the first step finds, and of one that a later step finds.
  const LOCKED = [
    { errcode: 0, words: 'not an error' },
    { errcode: 5, words: 'database is locked' },
  ]

  it.each(LOCKED)('is copied once it is let go: $words', async (fails) => {
    let left = 3
    sqliteThat({ fails, again: () => left-- > 0 })
    expect(await copied()).toBe('pages')
    expect(open).toEqual([])
  })

  it.each(LOCKED)('and not let go is told as what it is: $words', async (fails) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      sqliteThat({ fails, again: () => vi.advanceTimersByTime(61_000) !== undefined })
      await expect(copied()).rejects.toMatchObject({
        code: 'STEP_FAILED',
        because: {
          en: 'another process has kept it locked for 60 s',
          zh: '另一个进程已锁定该数据库 60 秒',
        },
      })
    } finally {
      vi.useRealTimers()
    }
  })
})
