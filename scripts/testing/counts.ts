import { z } from 'zod'

/** How many tests did what. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
})

const GoEvent = z.object({ Action: z.string(), Test: z.string().optional(), Package: z.string().optional() })

/**
 * The counts of a vitest run from its JSON report. A run that failed without a failed test (a file that cannot be
 * loaded, a worker that died) counts as one failure.
 */
export function vitestCounts(report: unknown, code: number): Counts {
  const parsed = VitestReport.safeParse(report)
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests } = parsed.data
  const failed = code !== 0 ? Math.max(1, numFailedTests) : numFailedTests
  return { passed, failed, skipped: numPendingTests + numTodoTests }
}

/** The counts of `go test -json`; a failure outside of any test (it does not compile) counts as one. */
export function goCounts(output: string, code: number): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const line of output.split('\n')) {
    const event = line.startsWith('{') ? GoEvent.parse(JSON.parse(line)) : undefined
    if (event?.Test === undefined) continue
    if (event.Action === 'pass') counts.passed++
    if (event.Action === 'fail') counts.failed++
    if (event.Action === 'skip') counts.skipped++
  }
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}
