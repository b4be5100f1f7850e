import { expect, it } from 'vitest'
import { lastRuns } from './unit-runs.ts'

const restarts = (count: number) => `x.service: Main process exited, code=exited, status=1/FAILURE
x.service: Scheduled restart job, restart counter is at ${count}.
Stopped x.service - X.`
const of = (...parts: readonly string[]) => {
  const shown = lastRuns(parts.join('\n'))
  return ['a', 'b', 'c'].filter((run) => shown.includes(`word of ${run}`)).join('')
}

it.each([
  ['the only one', ['word of a'], 'a'],
  [
    'the one that somebody started after another',
    ['word of a', 'Stopped X.', 'Started X.', 'word of b'],
    'b',
  ],
  ['that which a boot started', ['word of a', 'Started X.', 'word of b'], 'b'],
  ['also while it has said nothing', ['word of a', 'Stopped X.', 'Started X.'], ''],
  [
    'of one that says when it is ready',
    ['word of a', 'Starting X...', 'word of b', 'Started X.', 'word of c'],
    'bc',
  ],
  ['of one that never was', ['word of a', 'Starting X...', 'word of b', 'Starting X...', 'word of c'], 'c'],
  ['and the one whose end it follows', ['word of a', restarts(1), 'Started X.', 'word of b'], 'ab'],
  [
    'and no earlier one',
    ['word of a', restarts(1), 'Started X.', 'word of b', restarts(2), 'Started X.', 'word of c'],
    'bc',
  ],
  [
    'nor that which was there before somebody started it',
    ['word of a', 'Stopped X.', 'Started X.', restarts(1), 'Started X.', 'word of c'],
    'c',
  ],
])('shows the last run: %s', (_what, parts, shown) => {
  expect(of(...parts)).toBe(shown)
})
