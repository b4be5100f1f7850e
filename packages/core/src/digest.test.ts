import { expect, it } from 'vitest'
import { digestOf, hexOf, isDigest, parseDigest } from './digest.ts'

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

it('is that of the bytes', () => {
  expect(digestOf('')).toBe(EMPTY)
  expect(digestOf(Buffer.alloc(0))).toBe(EMPTY)
  expect(hexOf(digestOf(''))).toBe(EMPTY.slice(7))
  expect(parseDigest(EMPTY, 'x')).toBe(EMPTY)
})

it.each([
  ['another algorithm', EMPTY.replace('sha256', 'sha512')],
  ['no algorithm', EMPTY.slice(7)],
  ['a digit less', EMPTY.slice(0, -1)],
  ['a digit more', `${EMPTY}0`],
  ['capitals', EMPTY.toUpperCase()],
  ['a digit that is none', EMPTY.replace('e3', 'g3')],
  ['a line end', `${EMPTY}\n`],
  ['nothing', ''],
])('is refused with the place where it stood: %s', (_what, text) => {
  expect(isDigest(text)).toBe(false)
  expect(() => parseDigest(text, 'lock.json')).toThrow(
    expect.objectContaining({
      code: 'DIGEST_INVALID',
      what: {
        en: `lock.json: "${text}" is not a sha256 digest`,
        zh: `lock.json："${text}" 不是 sha256 摘要`,
      },
    }),
  )
})
