import { expect, it } from 'vitest'
import { openTerminal } from './terminal.ts'

it('a terminal that says 0 columns and rows, as script(1) makes it, is drawn on like one of 80 by 24', () => {
  let written = ''
  const write = (text: string) => {
    written += text
    return true
  }
  const terminal = openTerminal({ isTTY: true, columns: 0, rows: 0, write })
  terminal.draw([], ['one', 'two'])
  terminal.draw([], ['three'])
  expect([terminal.columns(), terminal.rows()]).toEqual([79, 22])
  expect(written).toContain('\u001b[2A')
  expect(written).not.toMatch(/Infinity|NaN/)
})
