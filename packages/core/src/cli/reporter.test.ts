import { describe, expect, it } from 'vitest'
import { openReporter } from './reporter.ts'

function collect(tty: boolean, quiet = false) {
  let text = ''
  const output = { write: (piece: string) => (text += piece), isTTY: tty, columns: 60 }
  const reporter = openReporter({ output, env: {}, lang: 'en', quiet, verbose: false })
  return { reporter, text: () => text }
}

describe('openReporter', () => {
  it('writes plain lines where there is no terminal', () => {
    const { reporter, text } = collect(false)
    reporter.report({
      type: 'phase',
      id: 'fetch',
      title: { en: 'Fetching', zh: '下载' },
      number: 1,
      count: 2,
    })
    reporter.report({ type: 'transfer', id: 'a', label: 'a.tar', done: 1, total: 2 })
    reporter.report({ type: 'transferred', id: 'a', label: 'a.tar', fetched: 2_000_000 })
    reporter.report({ type: 'total', done: 2, total: 2, items: 1, of: 1 })
    reporter.close()
    expect(text()).toBe('[1/2] Fetching\n  a.tar  2.0 MB\n  total 100%  2 B / 2 B  1/1\n')
  })

  it('draws each frame at once, so that nothing flickers', () => {
    const { reporter, text } = collect(true)
    reporter.report({ type: 'transfer', id: 'a', label: '镜像层', done: 50, total: 100 })
    reporter.pause()()
    const frames = text().split('\u001b[?2026h').slice(1)
    expect(frames.length).toBeGreaterThan(1)
    for (const frame of frames) expect(frame.endsWith('\u001b[?2026l')).toBe(true)
  })

  it('is silent but for warnings when quiet', () => {
    const { reporter, text } = collect(false, true)
    reporter.report({ type: 'phase', id: 'x', title: { en: 'Next', zh: '下一步' } })
    reporter.report({ type: 'note', level: 'warning', text: { en: 'careful', zh: '小心' } })
    expect(text()).toBe('warning: careful\n')
  })
})
