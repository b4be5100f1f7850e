import { describe, expect, it } from 'vitest'
import { type Html, html, trusted } from './html.ts'
import { cards } from './table.ts'
import { type Box, treemap } from './treemap.ts'

const BOX: Box = { x: 10, y: 20, width: 600, height: 400 }
const weights = (...all: number[]) => all.map((weight) => ({ weight }))

describe('the picture of sizes', () => {
  const placed = treemap(weights(6, 1, 100, 3, 40, 2, 9), BOX)

  it('has areas as their weights, and fills the box', () => {
    const total = 161
    for (const { item, width, height } of placed)
      expect((width * height) / (600 * 400)).toBeCloseTo(item.weight / total, 6)
  })

  it('has no two that overlap, and none outside', () => {
    const slack = 1e-6
    for (const [index, a] of placed.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(BOX.x - slack)
      expect(a.y).toBeGreaterThanOrEqual(BOX.y - slack)
      expect(a.x + a.width).toBeLessThanOrEqual(BOX.x + BOX.width + slack)
      expect(a.y + a.height).toBeLessThanOrEqual(BOX.y + BOX.height + slack)
      for (const b of placed.slice(index + 1)) {
        const apart =
          a.x + a.width <= b.x + slack ||
          b.x + b.width <= a.x + slack ||
          a.y + a.height <= b.y + slack ||
          b.y + b.height <= a.y + slack
        expect(apart, JSON.stringify([a, b])).toBe(true)
      }
    }
  })

  it('has the largest first, and none that is much longer than wide', () => {
    expect(placed.map(({ item }) => item.weight)).toEqual([100, 40, 9, 6, 3, 2, 1])
    for (const { width, height } of placed) expect(Math.max(width / height, height / width)).toBeLessThan(4)
  })

  it.each<[string, number[], Box]>([
    ['without items', [], BOX],
    ['of items without weight', [0, 0], BOX],
    ['without room', [1], { ...BOX, width: 0 }],
  ])('is empty %s', (_what, all, box) => {
    expect(treemap(weights(...all), box)).toEqual([])
  })

  it('leaves out what has no weight, and gives one item everything', () => {
    expect(treemap(weights(0, 5), BOX)).toEqual([{ item: { weight: 5 }, ...BOX }])
  })
})

const textOf = ({ html: text }: Html): string => text

describe('HTML', () => {
  it('escapes what is put into it, in contents and in attributes', () => {
    const evil = `<script>"'\`&`
    expect(textOf(html`<p title="${evil}">${evil}</p>`)).toBe(
      '<p title="&#60;script&#62;&#34;&#39;&#96;&#38;">&#60;script&#62;&#34;&#39;&#96;&#38;</p>',
    )
  })

  it('leaves alone what is HTML already, and numbers', () => {
    expect(textOf(html`<ul>${[html`<li>${1}</li>`, html`<li>${'<'}</li>`]}</ul>${trusted('<hr>')}`)).toBe(
      '<ul><li>1</li><li>&#60;</li></ul><hr>',
    )
  })

  it('makes tables whose cells name their columns, numbers apart', () => {
    const table = textOf(cards([{ title: 'a&b' }, { title: 'size', number: true }], [[html`x`, html`1`]]))
    expect(table).toContain('<table class="cards pairs">')
    expect(table).toContain('<td data-label="a&#38;b"><div>x</div></td>')
    expect(table).toContain('<td data-label="size" class="number"><div>1</div></td>')
    expect(textOf(cards([{ title: 'a' }, { title: 'b' }, { title: 'c' }], []))).toContain(
      '<table class="cards">',
    )
  })
})
