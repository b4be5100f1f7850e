import { describe, expect, it } from 'vitest'
import { reindentFlow } from './reindent.ts'

/** The lines that were moved, by their number from 1. */
const moved = (text: string): number[] => {
  const [before, after] = [text, reindentFlow(text)].map((one) => one.split('\n'))
  return (before ?? []).flatMap((line, index) => (line === after?.[index] ? [] : [index + 1]))
}

describe('the lines that are moved', () => {
  it.each<[string, string, number[]]>([
    ['none of block collections', 'a:\n  - b\n  - c: d\n', []],
    ['none of a list on one line', 'a: [b, c]\nd: {e: "f"}\ng: h\n', []],
    ['those inside of brackets', 'a: [\nb,\nc\n]\nd: e\n', [2, 3, 4]],
    ['those inside of braces in brackets', 'a: [{\nb: c\n}, [\nd]]\ne: f\n', [2, 3, 4]],
    ['those of a quoted text', 'a: "b\nc"\nd: \'e\nf\'\ng: h\n', [2, 4]],
    ['none after an escaped quote that ends nothing', 'a: "b\\"\nc"\nd: e\n', [2]],
    ['none after two single quotes, which are one', "a: 'b''\nc'\nd: e\n", [2]],
    ['none of a block scalar, whatever it looks like', 'a: |\n  [ {\n  "\nb: c\n', []],
    ['none of a block scalar with its indentation', 'a: >2-\n    [\n  {\nb: c\n', []],
    ['none of a comment', '# [\na: b # {\nc: d\n', []],
    ['none after a bracket inside of a plain text', 'a: b [ c\nd: e\n', []],
    ['none after a quote inside of a plain text', "a: it's\nb: c\n", []],
    ['none of the next document', 'a: [\n---\nb: c\n', []],
    ['none of a key that has a bracket in it', 'a{b: c\nd: e\n', []],
  ])('are %s', (_what, text, lines) => {
    expect(moved(text)).toEqual(lines)
  })
})

it('keeps the number of lines, and what they hold but for blanks in front', () => {
  const text = 'a: [ # x\r\n\n  b,\n\tc ]\nd: "e\n\n f"\n'
  const again = reindentFlow(text)
  expect(again.split('\n').map((line) => line.trim())).toEqual(text.split('\n').map((line) => line.trim()))
  expect(again.endsWith('\n')).toBe(true)
})

it('changes nothing a second time but for what is moved', () => {
  const once = reindentFlow('a: [\nb\n]\n')
  expect(reindentFlow(once)).toBe(once)
})
