import { setTimeout as sleep } from 'node:timers/promises'
import { tryLock } from '@edgelift/core'

/** Takes the lock `file`, after whoever has it, and says that it waits; dispose of it to let the next one in. */
export async function waitForLock(file: string): Promise<AsyncDisposable> {
  for (let told = false; ; told = true) {
    const lock = await tryLock(file)
    if (lock !== undefined) return lock
    if (!told) process.stderr.write(`waiting for another process (${file})\n`)
    await sleep(500)
  }
}
