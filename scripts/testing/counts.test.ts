import { describe, expect, it } from 'vitest'
import { goCounts, sum, vitestCounts } from './counts.ts'

const report = {
  numPassedTests: 5,
  numFailedTests: 2,
  numPendingTests: 1,
  numTodoTests: 1,
}

describe('counting', () => {
  it('takes the numbers from the report of vitest', () => {
    expect(vitestCounts(report, 1)).toEqual({
      passed: 5,
      failed: 2,
      skipped: 2,
      failures: [],
      failedFiles: [],
    })
  })

  it('names the tests that failed, with the first line of why', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'adds', failureMessages: [] },
      {
        status: 'failed',
        fullName: 'a node boots',
        failureMessages: ['Error: \u001b[31mwaited in vain\u001b[39m\n  at x'],
      },
    ]
    const testResults = [
      { name: '/p/test/nodes/boot.test.ts', status: 'failed', assertionResults },
      {
        name: '/p/test/nodes/hook.test.ts',
        status: 'failed',
        message: 'no node\nat y',
        assertionResults: [],
      },
    ]
    const counts = vitestCounts({ ...report, testResults }, 1)
    expect(counts.failures).toEqual([
      'boot.test.ts: a node boots: Error: waited in vain',
      'hook.test.ts: no node',
    ])
    expect(counts.failedFiles).toEqual(['/p/test/nodes/boot.test.ts', '/p/test/nodes/hook.test.ts'])
  })

  it('counts a run as failed that ended badly without a failed test, or without a report', () => {
    expect(vitestCounts({ ...report, numFailedTests: 0 }, 1).failed).toBe(1)
    expect(vitestCounts(undefined, 0).failed).toBe(1)
  })

  it('reads the events of go test, packages without a test name aside', () => {
    const lines = [
      '{"Action":"run","Test":"TestA","Package":"x"}',
      '{"Action":"pass","Test":"TestA","Package":"x"}',
      '{"Action":"skip","Test":"TestB","Package":"x"}',
      '{"Action":"pass","Package":"x"}',
      'not json',
    ]
    expect(goCounts(lines.join('\n'), 0)).toEqual({ passed: 1, failed: 0, skipped: 1 })
    expect(goCounts('', 2)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('adds up', () => {
    expect(sum([vitestCounts(report, 1), goCounts('', 2)])).toEqual({ passed: 5, failed: 3, skipped: 2 })
  })
})
