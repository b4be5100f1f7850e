import { describe, expect, it } from 'vitest'
import { formatSums, parseOwnSums, parseSums } from './sums.ts'

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)]

describe('SHA256SUMS', () => {
  it('is sorted by path, whatever the order in which paths came', () => {
    const text = formatSums(
      new Map([
        ['b', B],
        ['a/z', A],
        ['a', A],
        ['B', B],
      ]),
    )
    expect(text).toBe(`${B}  B\n${A}  a\n${A}  a/z\n${B}  b\n`)
  })

  it('is read back, names with blanks inside too', () => {
    const sums = new Map([
      ['a name', A],
      ['b  c', B],
    ])
    expect(parseSums(formatSums(sums), 'SHA256SUMS')).toEqual(sums)
    expect(parseSums('', 'SHA256SUMS')).toEqual(new Map())
  })

  it.each([
    ['does not end its last line', `${A}  a\n${B}  b`, 2],
    ['has an empty line', `${A}  a\n\n${B}  b\n`, 2],
    ['has the hash in capitals', `${A.toUpperCase()}  a\n`, 1],
    ['has a hash that is short', `${A}  a\n${B.slice(1)}  b\n`, 2],
    ['is of binary mode', `${A} *a\n`, 1],
    ['has one blank', `${A} a\n`, 1],
    ['has a name that begins with a blank', `${A}   a\n`, 1],
    ['has no name', `${A}  \n`, 1],
    ['names a path twice', `${A}  a\n${B}  b\n${A}  a\n`, 3],
    ['has line ends of Windows in front of nothing', '\r\n', 1],
  ])('is refused when it %s, with the line', (_what, text, line) => {
    expect(() => parseSums(text, '/in/SHA256SUMS')).toThrow(
      expect.objectContaining({
        code: 'SUMS_INVALID',
        exit: 4,
        what: {
          en: `/in/SHA256SUMS, line ${line}: not "hash  path"`,
          zh: `/in/SHA256SUMS 第 ${line} 行：不是“哈希  路径”格式`,
        },
        fix: { en: 'copy the archive again', zh: '请重新复制离线包' },
      }),
    )
  })

  it('of an archive is sorted', () => {
    const text = `${A}  a\n${A}  b\n${B}  c\n`
    expect(parseOwnSums(text, 'SHA256SUMS')).toEqual(parseSums(text, 'SHA256SUMS'))
    expect(() => parseOwnSums(`${A}  a\n${B}  c\n${A}  b\n`, 'SHA256SUMS')).toThrow(
      expect.objectContaining({
        code: 'SUMS_INVALID',
        what: expect.objectContaining({ en: expect.stringContaining('SHA256SUMS, line 2') }),
      }),
    )
  })
})
