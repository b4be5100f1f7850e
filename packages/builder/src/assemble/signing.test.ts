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
  expect(signingTime({ SOURCE_DATE_EPOCH: '7' }, 1500)).toEqual({ fixed: 7, now: 1 })
  for (const bad of ['', '-1', '1.5', 'x', '9'.repeat(13)])
    expect(signingTime({ SOURCE_DATE_EPOCH: bad }, 1500)).toEqual({ now: 1 })
})
