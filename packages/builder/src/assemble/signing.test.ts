import { expect, it } from 'vitest'
import { commentOf, signingTime } from './signing.ts'

it('says what, of which release and when', () => {
  expect(commentOf('a.tar.gz', { name: 'kubeedge', version: '1.22.0' }, 1_764_304_200)).toBe(
    'a.tar.gz release:kubeedge-1.22.0 timestamp:1764304200',
  )
  expect(commentOf('a', { name: 'b', version: '1' }, undefined)).toBe('a release:b-1')
})

it('keeps the time out of the archive unless SOURCE_DATE_EPOCH fixes it', () => {
  expect(signingTime({}, 1500)).toEqual({ now: 1 })
  expect(signingTime({ SOURCE_DATE_EPOCH: '' }, 1500)).toEqual({ now: 1 })
  expect(signingTime({ SOURCE_DATE_EPOCH: '7' }, 1500)).toEqual({ fixed: 7, now: 1 })
})

it.each([' ', '-1', '1.5', '1e9', '0x10', 'now', '253402300800', '9'.repeat(13)])(
  'refuses SOURCE_DATE_EPOCH=%j in the place of another time',
  (value) => {
    expect(() => signingTime({ SOURCE_DATE_EPOCH: value }, 1500)).toThrow(
      expect.objectContaining({
        code: 'ENVIRONMENT_INVALID',
        exit: 2,
        because: expect.objectContaining({
          zh: expect.stringContaining(`"${value}"；应为自 1970 年起的整数秒数`),
        }),
      }),
    )
  },
)
