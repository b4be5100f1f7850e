import { expect, it } from 'vitest'
import { counted, joinTexts } from './text.ts'

it('counts as English does', () => {
  expect([0, 1, 2].map((count) => counted(count, 'image'))).toEqual(['0 images', '1 image', '2 images'])
  expect([1, 3].map((count) => counted(count, 'entry', 'entries'))).toEqual(['1 entry', '3 entries'])
})

it.each([
  ['; ', 'a; b', '甲；乙'],
  [', ', 'a, b', '甲，乙'],
  ['\n', 'a\nb', '甲\n乙'],
])('joins with %j, in Chinese with Chinese punctuation', (separator, en, zh) => {
  const texts = [
    { en: 'a', zh: '甲' },
    { en: 'b', zh: '乙' },
  ]
  expect(joinTexts(texts, separator)).toEqual({ en, zh })
})
