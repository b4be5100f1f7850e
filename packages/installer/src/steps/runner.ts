import { EdgeliftError, type Report } from '@edgelift/core'
import type { Host } from '../host.ts'
import { appendJournal } from './journal.ts'
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
  const { host, report, signal } = options
  const applied: string[] = []
  const unchanged: string[] = []
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted()
    report({ type: 'phase', id: step.id, title: step.title, number: index + 1, count: steps.length })
    if (await step.check()) {
      unchanged.push(step.id)
      await appendJournal(host, { action: 'install', step: step.id, event: 'unchanged' })
      continue
    }
    await journaled(host, { action: 'install', step: step.id }, step.apply)
    applied.push(step.id)
  }
  return { applied, unchanged }
}

/** Takes every step back, the last one first. A step that fails does not keep the others from being taken back. */
export async function undoSteps(steps: readonly Step[], { host, report }: RunOptions): Promise<unknown[]> {
  const problems: unknown[] = []
  for (const [index, step] of steps.toReversed().entries()) {
    report({ type: 'phase', id: step.id, title: step.title, number: index + 1, count: steps.length })
    try {
      await journaled(host, { action: 'cleanup', step: step.id }, step.undo)
    } catch (error) {
      problems.push(error)
    }
  }
  return problems
}

async function journaled(
  host: Host,
  what: { readonly action: 'install' | 'cleanup'; readonly step: string },
  work: () => Promise<void>,
): Promise<void> {
  await appendJournal(host, { ...what, event: 'begin' })
  try {
    await work()
  } catch (error) {
    const words = error instanceof EdgeliftError ? error.message : String(error)
    await appendJournal(host, { ...what, event: 'failed', error: words })
    throw error
  }
  await appendJournal(host, { ...what, event: 'done' })
}
