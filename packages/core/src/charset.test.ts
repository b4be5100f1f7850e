import { describe, expect, it } from 'vitest'
import { charsetOf, encodeGbk } from './charset.ts'

describe('charsetOf', () => {
  it.each([
    [{}, 'utf-8'],
    [{ LANG: 'C' }, 'utf-8'],
    [{ LANG: 'zh_CN.UTF-8' }, 'utf-8'],
    [{ LANG: 'zh_CN.utf8' }, 'utf-8'],
    [{ LANG: 'zh_CN.GBK' }, 'gbk'],
    [{ LANG: 'zh_CN.gb18030' }, 'gbk'],
    [{ LANG: 'zh_CN.gb2312' }, 'gbk'],
    [{ LANG: 'zh_CN.EUC-CN@x' }, 'gbk'],
    [{ LANG: 'zh_CN.GBK', LC_ALL: 'zh_CN.UTF-8' }, 'utf-8'],
    [{ LANG: 'zh_TW.Big5' }, undefined],
  ] as const)('of %j is %s', (env, charset) => {
    expect(charsetOf(env)).toBe(charset)
  })
})

describe('encodeGbk', () => {
  it('writes what a GBK terminal reads back', () => {
    const text = '处理：执行 ./install.sh，然后检查 edgecore（端口 10000）。'
    expect(new TextDecoder('gbk').decode(encodeGbk(text))).toBe(text)
  })

  it('keeps the columns of a bar, and marks what GBK lacks', () => {
    expect(new TextDecoder('gbk').decode(encodeGbk('██▌░ ✓ é𠮷'))).toBe('##.. + é?')
  })
})
