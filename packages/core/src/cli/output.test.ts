import { describe, expect, it } from 'vitest'
import { type Env, forTerminal, paintFor, safeOutput } from './output.ts'

const screen = { write: () => {}, isTTY: true }

describe('paintFor', () => {
  it.each<[string, Env, boolean, boolean]>([
    ['a terminal', {}, true, true],
    ['no terminal', {}, false, false],
    ['a terminal with NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['a terminal with an empty NO_COLOR, which is none', { NO_COLOR: '' }, true, true],
    ['a terminal without a cursor', { TERM: 'dumb' }, true, false],
  ])('paints on %s: %j', (_what, env, isTTY, painted) => {
    const paint = paintFor({ write: () => {}, isTTY }, env)
    expect(forTerminal(paint.red('x'))).toBe(painted ? '\u001b[31mx\u001b[39m' : 'x')
  })

  it('ends each style, so that they can stand in each other', () => {
    const paint = paintFor(screen, {})
    expect(forTerminal(paint.bold(`a${paint.cyan('b')}`))).toBe('\u001b[1ma\u001b[36mb\u001b[39m\u001b[22m')
  })
})

describe('forTerminal', () => {
  it('shows what others put into a text in place of obeying it, among styles of ours too', () => {
    const paint = paintFor(screen, {})
    const shown = forTerminal(paint.green('\u001b[2J\u001b[31mname\u0007'))
    expect(shown.startsWith('\u001b[32m')).toBe(true)
    expect(shown.endsWith('\u001b[39m')).toBe(true)
    const inside = shown.slice('\u001b[32m'.length, -'\u001b[39m'.length)
    expect(inside).toContain('name')
    expect([...inside].every((letter) => letter >= ' ')).toBe(true)
  })

  it('leaves a text alone that does nothing, lines and Chinese included', () => {
    expect(forTerminal('a\nb：中文 ✓')).toBe('a\nb：中文 ✓')
  })
})

it('writes nothing that acts, and takes no size for a size that is not known', () => {
  let text = ''
  const output = safeOutput({ write: (piece) => (text += piece), isTTY: true, columns: 0, rows: 24 })
  output.write('\u001b[2Jx')
  expect(text).not.toContain('\u001b')
  expect([output.isTTY, output.columns, output.rows]).toEqual([true, undefined, 24])
})
