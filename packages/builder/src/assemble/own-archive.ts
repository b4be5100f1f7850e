import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clearLock, type Report, tryLock } from '@edgelift/core'

/** How `temporaryBeside` ends a name; what belongs to a lock ends otherwise. */
const TEMPORARY = /-[0-9a-f]{12}$/
const POLL = 200 // milliseconds

/**
 * The right to write one archive of a folder, after whoever has it. What killed builds of this archive have left beside
 * it is removed: while the right is held, no living build writes there.
 * @param name the archive's file name
 */
export async function ownArchive(
  folder: string,
  name: string,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<AsyncDisposable> {
  const file = path.join(folder, `.edgelift-${name}.lock`)
  for (let told = false; ; told = true) {
    const lock = await tryLock(file)
    if (lock !== undefined) {
      await Promise.all([removeAbandoned(folder, name), clearLock(file)])
      return lock
    }
    if (!told) report({ type: 'note', level: 'info', text: waiting(name) })
    await sleep(POLL, undefined, { signal })
  }
}

/** {@link ownArchive} of several, in the order of their names, so that two builds never wait for each other. */
export async function ownArchives(
  folder: string,
  names: readonly string[],
  context: { readonly report: Report; readonly signal: AbortSignal },
): Promise<AsyncDisposable> {
  const owned: AsyncDisposable[] = []
  const all: AsyncDisposable = {
    [Symbol.asyncDispose]: async () => {
      for (const one of owned.splice(0)) await one[Symbol.asyncDispose]()
    },
  }
  try {
    for (const name of [...names].sort()) owned.push(await ownArchive(folder, name, context))
    return all
  } catch (error) {
    await all[Symbol.asyncDispose]()
    throw error
  }
}

/** The archive's own temporary files, and those of what is written with it: `.sha256`, `.minisig`, a delta. */
async function removeAbandoned(folder: string, name: string): Promise<void> {
  const begin = `.edgelift-${name.replace(/\.tar\.gz$/, '').slice(0, 90)}`
  for (const found of await readdir(folder, { withFileTypes: true })) {
    const entry = found.name
    if (
      found.isFile() &&
      entry.startsWith(begin) &&
      /^[.-]/.test(entry.slice(begin.length)) &&
      TEMPORARY.test(entry)
    )
      await rm(path.join(folder, entry), { force: true })
  }
}

function waiting(name: string): { en: string; zh: string } {
  return {
    en: `${name}: another edgelift process is writing it, waiting`,
    zh: `${name}：另一个 edgelift 正在写入，等待中`,
  }
}
