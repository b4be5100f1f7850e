import { describe, expect, it } from 'vitest'
import { EdgeliftError, EXIT, failures, formatError, isErrno } from './errors.ts'
import { rememberSecret } from './secrets.ts'

const fail = failures({
  LOCKED: { exit: EXIT.failed, title: { en: 'locked', zh: '已锁定' } },
  USAGE: { exit: EXIT.usage, title: { en: 'usage', zh: '用法' } },
})

describe('an error for people', () => {
  it('has the exit code of its table, both languages, and its cause', () => {
    const cause = new Error('why')
    const error = fail(
      'USAGE',
      { what: { en: 'what', zh: '什么' }, because: 'same', fix: { en: 'fix', zh: '处理' } },
      { cause },
    )
    expect(error).toBeInstanceOf(EdgeliftError)
    expect(error).toMatchObject({
      name: 'EdgeliftError',
      code: 'USAGE',
      exit: 2,
      message: 'USAGE: what',
      because: { en: 'same', zh: 'same' },
      cause,
    })
  })

  it('repeats no name of megabytes, in any of its texts', () => {
    const name = 'n'.repeat(1_000_000)
    const error = fail('USAGE', { what: name, because: name, fix: name })
    expect(
      JSON.stringify(error).length + formatError(error, 'zh').length + error.message.length,
    ).toBeLessThan(2500)
  })

  it('is refused where its code is in no table: that is a defect', () => {
    expect(() => fail('NOWHERE' as 'USAGE', { what: 'x' })).toThrow('error code NOWHERE is in no table')
  })

  it('is English in JSON, with the key that programs read before', () => {
    const error = fail('LOCKED', { what: { en: 'what', zh: '什么' }, fix: { en: 'fix', zh: '处理' } })
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: { code: 'LOCKED', message: 'what', cause: '', fix: 'fix', cure: 'fix' },
    })
  })

  it('shows no secret in any of its texts', () => {
    rememberSecret('hunter2-hunter2')
    const text = { en: 'token hunter2-hunter2', zh: '令牌 hunter2-hunter2' }
    const error = fail('LOCKED', { what: text, because: text, fix: text })
    for (const shown of [
      error.message,
      JSON.stringify(error),
      formatError(error, 'en'),
      formatError(error, 'zh'),
    ])
      expect(shown).not.toContain('hunter2')
  })
})

it.each([
  ['en', 'error[LOCKED]: what\ncause: why\nfix: do'],
  ['zh', 'error[LOCKED]: 什么\n原因：为何\n处理：做'],
] as const)('labels its lines in the reader’s language: %s', (lang, expected) => {
  const text = (en: string, zh: string) => ({ en, zh })
  const error = fail('LOCKED', {
    what: text('what', '什么'),
    because: text('why', '为何'),
    fix: text('do', '做'),
  })
  expect(formatError(error, lang)).toBe(expected)
  expect(formatError(fail('LOCKED', { what: text('what', '什么') }), lang)).toBe(expected.split('\n')[0])
})

it.each([
  [Object.assign(new Error('x'), { code: 'ENOENT' }), true],
  [Object.assign(new Error('x'), { code: 'EACCES' }), true],
  [Object.assign(new Error('x'), { code: 'EIO' }), false],
  [new Error('ENOENT'), false],
  [{ code: 'ENOENT' }, false],
  [Object.assign(new Error('x'), { code: 2 }), false],
  [null, false],
  [undefined, false],
  ['ENOENT', false],
])('knows an error of the system by its code: %o', (error, expected) => {
  expect(isErrno(error, 'ENOENT', 'EACCES')).toBe(expected)
})
