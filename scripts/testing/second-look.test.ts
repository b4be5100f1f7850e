import { expect, it } from 'vitest'
import type { Counts } from './counts.ts'
import { secondLook } from './second-look.ts'

const failed: Counts = {
  passed: 7,
  failed: 1,
  skipped: 2,
  failures: ['boot.test.ts: boots: late'],
  failedFiles: ['boot.test.ts'],
}

/** @param then what the second run of the files comes to */
async function looked(first: Counts, then: Counts) {
  const tried: string[] = []
  const counts = await secondLook(first, async (file) => {
    tried.push(file)
    return then
  })
  return { counts, tried }
}

it('tells what passes only by itself', async () => {
  const { counts, tried } = await looked(failed, { passed: 3, failed: 0, skipped: 0 })
  expect(counts).toEqual({ passed: 10, failed: 0, skipped: 0, unsteady: ['boot.test.ts: boots: late'] })
  expect(tried).toEqual(['boot.test.ts'])
})

it('has what fails again, or is skipped then, stay failed', async () => {
  const again = { passed: 2, failed: 1, skipped: 0, failures: ['boot.test.ts: boots: never'] }
  expect((await looked(failed, again)).counts).toMatchObject({
    failed: 1,
    failures: ['boot.test.ts: boots: late', 'again: boot.test.ts: boots: never'],
  })
  expect((await looked(failed, { passed: 0, failed: 0, skipped: 3 })).counts.failed).toBe(1)
})

it.each([
  ['nothing failed', { passed: 3, failed: 0, skipped: 0 }],
  ['nobody knows which file failed', { passed: 0, failed: 1, skipped: 0 }],
  ['many files failed', { ...failed, failed: 3, failedFiles: ['a', 'b', 'c'] }],
])('does not look again where %s', async (_why, first: Counts) => {
  expect(await looked(first, { passed: 9, failed: 0, skipped: 0 })).toEqual({ counts: first, tried: [] })
})
