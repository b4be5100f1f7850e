import { EdgeliftError, isErrno, type Report, same } from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import type { Host } from '../node/host.ts'
import { appendJournal, JOURNAL, type JournalEntry } from '../state/journal.ts'
import type { Step } from './step.ts'

export interface RunOptions {
  readonly host: Host
  readonly report: Report
  readonly signal: AbortSignal
}

export interface RunResult {
  /** Ids of the steps that had to do something. */
  readonly applied: readonly string[]
  readonly unchanged: readonly string[]
}

/**
 * Brings the node to the state that the steps describe, in their order. A step that is so already is passed over, so
 * running it again after any interruption goes on where it stopped.
 * @throws what the step threw; the journal then says `failed`
 */
export async function applySteps(steps: readonly Step[], options: RunOptions): Promise<RunResult> {
  const { report, signal } = options
  const applied: string[] = []
  const unchanged: string[] = []
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted()
    report({ type: 'phase', id: step.id, title: step.title, number: index + 1, count: steps.length })
    if (await step.check()) {
      unchanged.push(step.id)
      await record(options, { action: 'install', step: step.id, event: 'unchanged' })
      continue
    }
    await journaled(options, { action: 'install', step: step.id }, step.apply)
    applied.push(step.id)
  }
  return { applied, unchanged }
}

/**
 * Takes every step back, the last one first. A step that fails does not keep the others from being taken back.
 * @returns what went wrong
 * @throws what the signal says, when it was aborted
 */
export async function undoSteps(steps: readonly Step[], options: RunOptions): Promise<unknown[]> {
  const { report, signal } = options
  const problems: unknown[] = []
  for (const [index, step] of steps.toReversed().entries()) {
    signal.throwIfAborted()
    report({ type: 'phase', id: step.id, title: step.title, number: index + 1, count: steps.length })
    try {
      await journaled(options, { action: 'cleanup', step: step.id }, step.undo)
    } catch (error) {
      signal.throwIfAborted()
      problems.push(error)
    }
  }
  return problems
}

async function journaled(
  options: RunOptions,
  what: Pick<JournalEntry, 'action' | 'step'>,
  work: () => Promise<void>,
): Promise<void> {
  await record(options, { ...what, event: 'begin' })
  try {
    await work()
  } catch (error) {
    const end: Pick<JournalEntry, 'event' | 'error'> = options.signal.aborted
      ? { event: 'interrupted' }
      : { event: 'failed', error: error instanceof EdgeliftError ? error.message : String(error) }
    // What failed the step is told, also where the disk has no room for the journal any more.
    await record(options, { ...what, ...end }).catch((second: unknown) => {
      if (!(second instanceof EdgeliftError) && !isErrno(second, 'EIO')) throw second
    })
    throw error
  }
  await record(options, { ...what, event: 'done' })
}

async function record({ host, report }: RunOptions, entry: Omit<JournalEntry, 'time'>): Promise<void> {
  const { step, event } = entry
  report({ type: 'note', level: 'debug', text: same(`journal: ${step} ${event}`) })
  await writingTo(host, { file: JOURNAL, size: 4096 }, () => appendJournal(host, entry))
}
