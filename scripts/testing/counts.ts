import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'

/** How many tests did what. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The tests that failed, each with the first line of its reason, as far as they are known by name. */
  readonly failures?: readonly string[]
  /** The test files that failed, as far as they are known. */
  readonly failedFiles?: readonly string[]
  /** What failed first and passed when its file ran again by itself, written as `failures`. */
  readonly unsteady?: readonly string[]
}

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z
    .array(
      z.object({
        name: z.string(),
        status: z.string().optional(),
        /** Why the file failed outside of its tests: it cannot be loaded, or a hook failed. */
        message: z.string().optional(),
        assertionResults: z.array(
          z.object({
            status: z.string(),
            fullName: z.string(),
            failureMessages: z.array(z.string()).nullish(),
          }),
        ),
      }),
    )
    .default([]),
})
type VitestReport = z.infer<typeof VitestReport>

const LONGEST_REASON = 300 // characters

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
  return {
    passed,
    failed,
    skipped: numPendingTests + numTodoTests,
    failures: failuresOf(parsed.data),
    failedFiles: parsed.data.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name),
  }
}

function failuresOf({ testResults }: VitestReport): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = path.basename(name)
    const failed = assertionResults.filter((one) => one.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [`${file}: ${reasonOf(message)}`] : []
    return failed.map(
      ({ fullName, failureMessages }) => `${file}: ${fullName}: ${reasonOf(failureMessages?.[0])}`,
    )
  })
}

function reasonOf(message = ''): string {
  const [first = ''] = stripVTControlCharacters(message).split('\n')
  return first.slice(0, LONGEST_REASON)
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
