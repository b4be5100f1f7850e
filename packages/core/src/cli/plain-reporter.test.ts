import { describe, expect, it } from 'vitest'
import type { WorkEvent } from '../events.ts'
import type { Lang } from '../text.ts'
import { plainReporter } from './plain-reporter.ts'

interface Told {
  readonly lang?: Lang
  readonly verbose?: boolean
  /** Milliseconds between two events. */
  readonly apart?: number
}

function linesOf(
  events: readonly WorkEvent[],
  { lang = 'en', verbose = false, apart = 0 }: Told = {},
): string[] {
  let text = ''
  let at = 0
  const output = { write: (piece: string) => (text += piece) }
  const { report } = plainReporter({ output, lang, verbose, now: () => at })
  for (const event of events) {
    report(event)
    at += apart
  }
  return text.split('\n').slice(0, -1)
}

const total = (done: number, of = 100, items = 0): WorkEvent => ({
  type: 'total',
  done,
  total: of,
  items,
  of: 3,
})
const wait = (seconds: number, id = 'node'): WorkEvent => ({
  type: 'wait',
  id,
  what: { en: 'the node', zh: '节点' },
  seconds,
  deadline: 300,
})

describe('plain lines of progress', () => {
  it.each<[Lang, string[]]>([
    [
      'en',
      [
        '[2/5] Fetching',
        'Done',
        '  a.tar  1.5 MB',
        '  b.tar  2 B (incomplete)',
        '  total 50%  1.0 KB / 2.0 KB  1/3',
        '  waiting: the node (3 s of at most 300 s)',
        'all is well',
        'warning: look out',
      ],
    ],
    [
      'zh',
      [
        '[2/5] 下载',
        '完成',
        '  a.tar  1.5 MB',
        '  b.tar  2 B （未完成）',
        '  合计 50%  1.0 KB / 2.0 KB  1/3 项',
        '  等待：节点（3 秒，最多 300 秒）',
        '一切正常',
        '警告：小心',
      ],
    ],
  ])('says every kind of event in %s', (lang, expected) => {
    const events: WorkEvent[] = [
      { type: 'phase', id: 'fetch', title: { en: 'Fetching', zh: '下载' }, number: 2, count: 5 },
      { type: 'phase', id: 'done', title: { en: 'Done', zh: '完成' } },
      { type: 'transferred', id: 'a', label: 'a.tar', fetched: 1_500_000 },
      { type: 'transferred', id: 'b', label: 'b.tar', fetched: 2, partial: true },
      { type: 'total', done: 1000, total: 2000, items: 1, of: 3 },
      wait(3),
      { type: 'note', level: 'info', text: { en: 'all is well', zh: '一切正常' } },
      { type: 'note', level: 'warning', text: { en: 'look out', zh: '小心' } },
    ]
    expect(linesOf(events, { lang })).toEqual(expected)
  })

  it.each<[string, WorkEvent, number, number]>([
    ['what was fetched', { type: 'transferred', id: 'a', label: 'a', fetched: 1 }, 1, 1],
    ['what the store had', { type: 'transferred', id: 'a', label: 'a', fetched: 0 }, 0, 1],
    ['a blob of an image', { type: 'transferred', id: 'a', label: 'a', fetched: 1, part: true }, 0, 1],
    [
      'what failed before its first byte',
      { type: 'transferred', id: 'a', label: 'a', fetched: 0, partial: true },
      0,
      0,
    ],
    ['bytes on their way', { type: 'transfer', id: 'a', label: 'a', done: 1, total: 2 }, 0, 0],
    ['a note for debugging', { type: 'note', level: 'debug', text: { en: 'a', zh: 'a' } }, 0, 1],
    ['a note', { type: 'note', level: 'info', text: { en: 'a', zh: 'a' } }, 1, 1],
  ])('of %s: %i or, with --verbose, %i', (_what, event, brief, verbose) => {
    expect([linesOf([event]).length, linesOf([event], { verbose: true }).length]).toEqual([brief, verbose])
  })

  it('tells a total every five seconds, and its end always', () => {
    expect(linesOf([total(10), total(20), total(30), total(100)], { apart: 2000 })).toEqual([
      '  total 10%  10 B / 100 B  0/3',
      '  total 100%  100 B / 100 B  0/3',
    ])
    expect(linesOf([total(10), total(20)], { apart: 5000 })).toHaveLength(2)
  })

  it('never says 100% before the end', () => {
    expect(linesOf([total(999, 1000)])[0]).toContain('99%')
  })

  it('counts items where no bytes are known', () => {
    expect(linesOf([total(0, 0, 1), total(0, 0, 2), total(0, 0, 3)])).toEqual(['  total 1/3', '  total 3/3'])
  })

  it('tells of each wait every fifteen seconds', () => {
    const events = [wait(0), wait(1), wait(0, 'pod'), wait(2), wait(15)]
    expect(linesOf(events, { apart: 4000 }).map((line) => /\((\d+) s/.exec(line)?.[1])).toEqual([
      '0',
      '0',
      '15',
    ])
  })
})
