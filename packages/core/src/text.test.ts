import { expect, it } from 'vitest'
import { counted, joinTexts, same, withoutLongWords } from './text.ts'

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

it('cuts words that have no end, and no list of words however long', () => {
  const realm = `realm="${'r'.repeat(300_000)}"`
  expect(withoutLongWords(same(`it says ${realm}, twice ${realm}`)).en).toMatch(
    /^it says realm="r{193}… twice realm="r{193}…$/,
  )
  const zh = Array.from({ length: 500 }, (_, image) => `镜像${image}`).join('、')
  const en = 'docker.io/library/busybox:1.36, '.repeat(500)
  expect(withoutLongWords({ en, zh })).toEqual({ en, zh })
  const halves = withoutLongWords(same(`x${'😀'.repeat(600)}`)).en
  expect(Buffer.from(halves).toString('utf8')).toBe(halves) // no half of a character
})
