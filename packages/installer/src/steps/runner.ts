import type { Report, Text } from '@edgelift/core'
import type { HostChanges } from '../state/host-changes.ts'
import { appendRecord, recorded } from './recorded.ts'
import type { Run } from './run.ts'
import type { Step } from './step.ts'

export interface RunOptions extends Omit<Run, 'changes'> {
  readonly changes: HostChanges
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
  const { signal } = options
  const applied: string[] = []
  const unchanged: string[] = []
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted()
    reportPhase(options.report, step, index, steps.length)
    const run: Run = { ...options, changes: options.changes.of(step) }
    // A plan was made by the kind's own function, so its inputs are what the kind takes.
    const inputs = step.inputs as never
    if (await step.kind.check(run, inputs)) {
      unchanged.push(step.id)
      await appendRecord(options, { action: 'install', step: step.id, event: 'unchanged' })
      continue
    }
    await recorded(options, { action: 'install', step: step.id }, () => step.kind.apply(run, inputs))
    applied.push(step.id)
  }
  return { applied, unchanged }
}

export function reportPhase(
  report: Report,
  { id, title }: { readonly id: string; readonly title: Text },
  index: number,
  count: number,
): void {
  report({ type: 'phase', id, title, number: index + 1, count })
}
