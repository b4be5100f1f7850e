import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeliftError, takeLock } from '@edgelift/core'

/** Takes the lock `file`, after whoever has it, and says that it waits; dispose of it to let the next one in. */
export async function waitForLock(file: string): Promise<AsyncDisposable> {
  for (let told = false; ; told = true) {
    try {
      return await takeLock(file)
    } catch (error) {
      if (!(error instanceof EdgeliftError && error.code === 'LOCKED')) throw error
      if (!told) process.stderr.write(`waiting for another process (${file})\n`)
      await sleep(500)
    }
  }
}
