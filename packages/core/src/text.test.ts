import { expect, it } from 'vitest'
import { boundedText, counted, joinTexts, same } from './text.ts'

it('counts as English does', () => {
  expect([0, 1, 2].map((count) => counted(count, 'image'))).toEqual(['0 images', '1 image', '2 images'])
  expect([1, 3].map((count) => counted(count, 'entry', 'entries'))).toEqual(['1 entry', '3 entries'])
})

it.each([
  ['; ', 'a; b', '甲；乙'],
  [', ', 'a, b', '甲，乙'],
  [': ', 'a: b', '甲：乙'],
  ['\n', 'a\nb', '甲\n乙'],
])('joins with %j, in Chinese with Chinese punctuation', (separator, en, zh) => {
  const texts = [
    { en: 'a', zh: '甲' },
    { en: 'b', zh: '乙' },
  ]
  expect(joinTexts(texts, separator)).toEqual({ en, zh })
})

it('cuts words that have no end, and no list that a person reads', () => {
  const realm = `realm="${'r'.repeat(300_000)}"`
  expect(boundedText(same(`it says ${realm}, twice ${realm}`)).en).toMatch(
    /^it says realm="r{193}… twice realm="r{193}…$/,
  )
  const zh = Array.from({ length: 500 }, (_, image) => `镜像${image}`).join('、')
  const en = 'docker.io/library/busybox:1.36, '.repeat(500)
  expect(boundedText({ en, zh })).toEqual({ en, zh })
  const halves = boundedText(same(`x${'😀'.repeat(600)}`)).en
  expect(Buffer.from(halves).toString('utf8')).toBe(halves) // no half of a character
})

it('says how much more there is of a list that has no end', () => {
  const lines = Array.from({ length: 20_000 }, (_, line) => `file ${line}`)
  const long = boundedText(same(lines.join('\n')))
  expect(long.en.split('\n').slice(-2)).toEqual(['file 499', '… (19500 more lines)'])
  expect(long.zh.split('\n').at(-1)).toBe('……（另有 19500 行）')
  const words = 'docker.io/a:1, '.repeat(10_000)
  expect(boundedText(same(words)).en).toMatch(/… \(84464 more characters\)$/)
  expect(boundedText(same(words)).zh.length).toBeLessThan(66_000)
  const full = boundedText(same(lines.slice(0, 500).join('\n'))).en
  expect(full.split('\n').at(-1)).toBe('file 499')
})
