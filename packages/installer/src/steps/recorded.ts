import { EdgeliftError, isErrno, type Report, same } from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import type { Host } from '../node/host.ts'
import { appendJournal, JOURNAL, type JournalEntry } from '../state/journal.ts'

interface Recording {
  readonly host: Host
  readonly report: Report
  readonly signal: AbortSignal
}

/** Does work with the journal telling its begin and its end. @throws what the work threw */
export async function recorded(
  recording: Recording,
  what: Pick<JournalEntry, 'action' | 'step'>,
  work: () => Promise<void>,
): Promise<void> {
  await appendRecord(recording, { ...what, event: 'begin' })
  try {
    await work()
  } catch (error) {
    const end: Pick<JournalEntry, 'event' | 'error'> = recording.signal.aborted
      ? { event: 'interrupted' }
      : { event: 'failed', error: error instanceof EdgeliftError ? error.message : String(error) }
    // What failed the step is told, also where the disk has no room for the journal any more.
    await appendRecord(recording, { ...what, ...end }).catch((second: unknown) => {
      if (!(second instanceof EdgeliftError) && !isErrno(second, 'EIO')) throw second
    })
    throw error
  }
  await appendRecord(recording, { ...what, event: 'done' })
}

export async function appendRecord(
  { host, report }: Pick<Recording, 'host' | 'report'>,
  entry: Omit<JournalEntry, 'time'>,
): Promise<void> {
  const { step, event } = entry
  report({ type: 'note', level: 'debug', text: same(`journal: ${step} ${event}`) })
  await writingTo(host, { file: JOURNAL, size: 4096 }, () => appendJournal(host, entry))
}
