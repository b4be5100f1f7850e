import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WorkEvent } from '../events.ts'
import { ttyReporter } from './tty-reporter.ts'

const FRAME = 100
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes begin with one
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function open({ rows = 24, verbose = false } = {}) {
  const frames: string[][] = []
  const output = {
    isTTY: true,
    columns: 80,
    rows,
    write: (text: string) =>
      frames.push(text.replace(ESCAPES, '').replace('\r', '').split('\n').slice(0, -1)),
  }
  const reporter = ttyReporter({ output, env: { NO_COLOR: '1' }, lang: 'en', verbose })
  return {
    ...reporter,
    /** Reports, and gives the lines of the frame that follows. */
    after: (...events: readonly WorkEvent[]): string[] => {
      for (const event of events) reporter.report(event)
      vi.advanceTimersByTime(FRAME)
      return frames.at(-1) ?? []
    },
    frames,
  }
}

const transfer = (id: string, done: number, total = 100): WorkEvent => ({
  type: 'transfer',
  id,
  label: id,
  done,
  total,
})
const phase: WorkEvent = {
  type: 'phase',
  id: 'p',
  title: { en: 'Fetching', zh: '下载' },
  number: 1,
  count: 2,
}

describe('progress on a terminal', () => {
  it('has a bar for each transfer, until it is done', () => {
    const { after } = open()
    expect(after(transfer('a', 50), transfer('b', 10)).map((line) => line.trim().split(' ')[0])).toEqual([
      'a',
      'b',
    ])
    expect(after(transfer('a', 100)).map((line) => line.trim().split(' ')[0])).toEqual(['b'])
  })

  it('draws many events at once, in one frame', () => {
    const { after, frames } = open()
    after(...Array.from({ length: 50 }, (_, done) => transfer('a', done)))
    expect(frames).toHaveLength(1)
    expect(frames[0]?.[0]).toContain('49 B / 100 B')
  })

  it('leaves a line of what is finished, and one of what failed', () => {
    const { after } = open()
    after(transfer('a', 50), transfer('b', 50))
    const lines = after(
      { type: 'transferred', id: 'a', label: 'a.tar', fetched: 100 },
      { type: 'transferred', id: 'b', label: 'b.tar', fetched: 50, partial: true },
    )
    expect(lines).toEqual(['  ✓ a.tar  100 B', '  - b.tar  50 B (incomplete)'])
    expect(after(phase)).toEqual(['[1/2] Fetching'])
  })

  it.each<[string, WorkEvent, boolean, number]>([
    ['what the store had', { type: 'transferred', id: 'a', label: 'a', fetched: 0 }, false, 0],
    ['what the store had, with --verbose', { type: 'transferred', id: 'a', label: 'a', fetched: 0 }, true, 1],
    [
      'an image whose blobs have had theirs',
      { type: 'transferred', id: 'a', label: 'a', fetched: 9, parts: 3 },
      true,
      0,
    ],
    [
      'what failed before its first byte',
      { type: 'transferred', id: 'a', label: 'a', fetched: 0, partial: true },
      true,
      0,
    ],
    ['a note for debugging', { type: 'note', level: 'debug', text: { en: 'a', zh: 'a' } }, false, 0],
    [
      'a note for debugging, with --verbose',
      { type: 'note', level: 'debug', text: { en: 'a', zh: 'a' } },
      true,
      1,
    ],
    ['a warning', { type: 'note', level: 'warning', text: { en: 'a', zh: 'a' } }, false, 1],
  ])('has a line or none of %s', (_what, event, verbose, count) => {
    expect(open({ verbose }).after(event)).toHaveLength(count)
  })

  it('says how many bars have no room', () => {
    const many = Array.from({ length: 12 }, (_, index) => transfer(`t${index}`, 1))
    expect(
      open()
        .after(...many)
        .at(-1),
    ).toBe('  … +4')
    expect(open().after(...many)).toHaveLength(9)
    expect(open({ rows: 8 }).after(...many)).toHaveLength(4)
    expect(open({ rows: 1 }).after(...many)).toHaveLength(2)
  })

  it('shows what is waited for until the wait is over', () => {
    const wait = (seconds: number): WorkEvent => ({
      type: 'wait',
      id: 'w',
      what: { en: 'the node', zh: '节点' },
      seconds,
      deadline: 9,
    })
    const { after } = open()
    expect(after(wait(3))).toEqual(['  waiting: the node (3 s of at most 9 s)'])
    expect(after(wait(9))).toEqual([])
  })

  it('has the sum below, with what is left of time once a rate is known', () => {
    const { after } = open()
    const total = (done: number): WorkEvent => ({ type: 'total', done, total: 1_000_000, items: 1, of: 2 })
    expect(after(total(0))[0]).toMatch(/^ {2}total .*1\/2$/)
    vi.advanceTimersByTime(1900)
    expect(after(total(200_000))[0]).toMatch(/1\/2 {2}0:08 {2}100 KB\/s$/)
  })

  it('begins each phase with nothing of the one before', () => {
    const { after, frames } = open()
    after(transfer('a', 50), { type: 'total', done: 1, total: 2, items: 0, of: 1 })
    after(phase)
    expect(frames.at(-1)).toEqual(['[1/2] Fetching'])
  })

  it('draws what is waiting before it makes room for something else, and at its close', () => {
    const { report, pause, close, frames } = open()
    report({ type: 'note', level: 'info', text: { en: 'first', zh: '一' } })
    const resume = pause()
    expect(frames.flat()).toEqual(['first'])
    report(transfer('a', 50))
    vi.advanceTimersByTime(FRAME)
    expect(frames.flat()).toEqual(['first'])
    resume()
    expect(frames.at(-1)?.[0]).toContain('a ')
    report({ type: 'note', level: 'info', text: { en: 'last', zh: '末' } })
    close()
    expect(frames.at(-1)).toEqual(['last'])
  })
})
