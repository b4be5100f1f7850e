import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeliftError, type Report, takeLock } from '@edgelift/core'

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
    try {
      const lock = await takeLock(file)
      await removeAbandoned(folder, name)
      return lock
    } catch (error) {
      if (!(error instanceof EdgeliftError && error.code === 'LOCKED')) throw error
    }
    if (!told) report({ type: 'note', level: 'info', text: waiting(name) })
    await sleep(POLL, undefined, { signal })
  }
}

async function removeAbandoned(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(`.edgelift-${name.slice(0, 100)}-`))
      await rm(path.join(folder, entry), { force: true })
  }
}

function waiting(name: string): { en: string; zh: string } {
  return {
    en: `${name}: another edgelift process is writing it, waiting`,
    zh: `${name}：另一个 edgelift 正在写入，等待中`,
  }
}
