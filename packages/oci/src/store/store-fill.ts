import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  clearWay,
  contentMismatch,
  EdgeliftError,
  type Expected,
  hexOf,
  type Report,
  tryLock,
} from '@edgelift/core'
import type { BlobSink } from '../transfer/blob-sink.ts'
import { storeProblem } from './store-errors.ts'
import { moveOwn } from './store-files.ts'
import { type PartialFile, partialFile } from './store-partial.ts'

export interface Filling {
  readonly root: string
  /** Where the whole blob goes. */
  readonly target: string
  readonly expected: Expected
  readonly what: string
  readonly fill: (sink: BlobSink) => Promise<unknown>
  /** Whether the blob is there by now. */
  readonly here: () => Promise<boolean>
  readonly report: Report
}

export interface Filled {
  /** Bytes that this call has brought. */
  readonly fetched: number
  /** Whether this call has hashed the blob; what another process has brought is another's word. */
  readonly checked: boolean
}

const POLL = 100 // ms between two looks at a lock that another process holds

/**
 * Brings one blob under its lock: bytes go to `partial/HEX`, which is checked as a whole and renamed into place.
 * Whoever waits for the lock finds the blob, or goes on with the partial of a process that failed or died.
 */
export async function fillOnce(filling: Filling): Promise<Filled> {
  const partial = path.join(filling.root, 'partial', hexOf(filling.expected.digest))
  const lock = await lockOrFind(`${partial}.lock`, filling)
  if (lock === undefined) return { fetched: 0, checked: false }
  try {
    if (await filling.here()) return { fetched: 0, checked: false }
    await clearWay(partial).catch(storeProblem(filling.root))
    const file = partialFile(partial)
    await bring(file, filling).finally(file.done)
    if ((await file.offset()) === 0) await writeFile(partial, '') // nothing was appended
    await moveOwn(partial, filling.target).catch(storeProblem(filling.root))
    return { fetched: file.received(), checked: true }
  } finally {
    await lock[Symbol.asyncDispose]()
  }
}

/**
 * Fills the partial until it is what was asked for. Inherited bytes that turn out wrong (written before a power loss,
 * or of a source that changed) are no reason to fail: they are dropped once, and everything is fetched again.
 */
async function bring(file: PartialFile, filling: Filling): Promise<void> {
  const { expected, fill, root } = filling
  const inherited = await file.offset()
  if (expected.size !== undefined && inherited > expected.size) await file.reset()
  if (inherited === 0 || inherited !== expected.size) {
    const wrong = await fill(file)
      .then(() => undefined, mismatchOnly)
      .catch(storeProblem(root))
    if (wrong !== undefined && inherited === 0) throw wrong
  }
  const problem = await checked(file, filling)
  if (problem === null) return
  if (inherited === 0) throw problem
  await fill(file).catch(storeProblem(root))
  const again = await checked(file, filling)
  if (again !== null) throw again
}

/** What is wrong with the partial; it is emptied then. */
async function checked(file: PartialFile, { expected, what }: Filling): Promise<Error | null> {
  const problem = contentMismatch(expected, await file.content(), what)
  if (problem !== null) await file.reset()
  return problem
}

/** A fill may check for itself: its verdict over bytes that were inherited is not final. */
function mismatchOnly(error: unknown): Error {
  const isMismatch = error instanceof EdgeliftError && /^(DIGEST|SIZE)_MISMATCH$/.test(error.code)
  if (!isMismatch) throw error
  return error
}

/** The lock, or undefined once another process has brought the blob. Waits as long as its holder lives. */
async function lockOrFind(file: string, filling: Filling): Promise<AsyncDisposable | undefined> {
  for (let waits = 0; ; waits++) {
    const lock = await tryLock(file).catch(storeProblem(filling.root))
    if (lock !== undefined) return lock
    if (waits === 0) {
      filling.report({
        type: 'note',
        level: 'info',
        text: {
          en: `${filling.what}: another edgelift process is fetching it; waiting`,
          zh: `${filling.what}：另一个 edgelift 正在获取，等待中`,
        },
      })
    }
    await new Promise((resolve) => setTimeout(resolve, POLL))
    if (await filling.here()) return undefined
  }
}
