import type { Report } from '@edgelift/core'
import { type ArchivePlan, archiveFileName, contentSize } from '../plan/archive-plan.ts'

/** Bytes of one archive that are being written. */
export interface EntryProgress {
  /** Counts what passes. @throws (by the iteration) the reason of a signal that is aborted */
  readonly through: (body: Pieces, signal: AbortSignal) => AsyncGenerator<Uint8Array>
  readonly add: (bytes: number) => void
  readonly end: () => void
}

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export function progressOf(plan: ArchivePlan, report: Report): EntryProgress {
  const label = archiveFileName(plan)
  const total = plan.entries.reduce((sum, entry) => sum + contentSize(entry.content), 0)
  let done = 0
  const add = (bytes: number): void => {
    done += bytes
    report({ type: 'transfer', id: label, label, done: Math.min(done, total), total })
  }
  return {
    async *through(body, signal) {
      for await (const chunk of body) {
        signal.throwIfAborted()
        yield chunk
        add(chunk.length)
      }
    },
    add,
    end: () => report({ type: 'transferred', id: label, label, fetched: 0 }),
  }
}
