import { expect, it } from 'vitest'
import { csvRows } from './csv-rows.ts'

const cellsOf = (text: string, separator = ',') => csvRows(text, separator).map(({ cells }) => cells)

it.each<[string, readonly (readonly string[])[]]>([
  [
    'a,b\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [' "a, b" ,\t"c\nd" \ne', [['a, b', 'c\nd'], ['e']]],
  ['a,"b ""c"" d","",e', [['a', 'b "c" d', '', 'e']]],
  ['a,"""b"""', [['a', '"b"']]],
  ['a,\n,b\n\n,,', [['a'], ['', 'b']]],
  ['a,"b"', [['a', 'b']]],
  [
    'a,"b\nc,d',
    [
      ['a', '"b'],
      ['c', 'd'],
    ],
  ],
  ['a,"b"c,d', [['a', '"b"c', 'd']]],
  ['a,"', [['a', '"']]],
])('reads %j', (text, cells) => {
  expect(cellsOf(text)).toEqual(cells)
})

it('takes a blank for none where cells are separated by tabs', () => {
  expect(cellsOf('a\t "b\tc" \t\td', '\t')).toEqual([['a', 'b\tc', '', 'd']])
})

it.each([
  ['that is not closed', `"${'x'.repeat(30_000_000)}`],
  ['of doubled quotes', `"${'x""'.repeat(6_000_000)}"`],
])('reads one huge cell %s', (_title, cell) => {
  expect(cellsOf(`a,${cell}`)[0]).toHaveLength(2)
})
