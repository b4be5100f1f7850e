import { requirerOf } from '@edgelift/bundle'
import { EDGELIFT_VERSION } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { Inspection } from '../inspect/inspection.ts'
import { html } from './html.ts'
import { reportPage } from './page.ts'
import { treemap } from './treemap.ts'

const EVIL = `<script>alert("x")</script>'"`

const inspection: Inspection = {
  where: 'x.tar.gz',
  packedSize: 1000,
  kinds: [{ kind: 'programs', files: 1, bytes: 10 }],
  verified: {
    files: 1,
    bytes: 10,
    signature: 'none',
    besideChecked: [],
    besideUnchecked: [],
    edited: [],
    problems: [],
    manifest: {
      format: 'edgelift/bundle/v1',
      name: EVIL,
      role: 'edge',
      platform: 'linux/arm64',
      release: { name: EVIL, version: EVIL },
      lock: EVIL,
      edgelift: EDGELIFT_VERSION,
      packed: { size: 0, sha256: '0'.repeat(64) },
      versions: { [EVIL]: EVIL },
      files: [
        {
          path: EVIL,
          size: 10,
          mode: '0755',
          integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
          origin: { kind: 'url', url: `javascript:${EVIL}`, member: EVIL, trust: 'first-use' },
          neededBy: [],
        },
      ],
      images: [
        {
          reference: EVIL,
          digest: EVIL,
          platform: 'linux/arm64',
          file: 'i',
          blobs: [],
          neededBy: [requirerOf({ kind: 'runtime', name: EVIL }, { option: EVIL })],
        },
      ],
      charts: [],
      options: [{ name: EVIL, title: { en: EVIL, zh: EVIL }, default: true }],
      settings: { sandboxImage: EVIL, testImage: EVIL, k3sDisable: [] },
      placeholders: [EVIL],
    },
  },
}

describe('reportPage', () => {
  const page = reportPage(inspection, 'en')

  it('escapes whatever the archive says', () => {
    expect(page).not.toContain('<script')
    expect(page).not.toContain('href="javascript:')
    expect(page).toContain('&#60;script&#62;')
  })

  it('loads nothing from elsewhere', () => {
    expect(page).not.toMatch(/\b(src|href)="(?!https?:)/)
    expect(page).not.toMatch(/@import|url\(|<link|<img|<iframe/)
    expect(page).toContain(`default-src 'none'`)
  })

  it('flags a missing signature, placeholders and a first use', () => {
    for (const words of ['Not signed', 'Contains placeholders', 'first use', '>placeholder<'])
      expect(page).toContain(words)
  })

  it('speaks Chinese', () => {
    const chinese = reportPage(inspection, 'zh')
    expect(chinese).toContain('lang="zh-CN"')
    expect(chinese).toContain('空间分布')
  })
})

describe('treemap', () => {
  it('covers the box without overlap, areas as weights', () => {
    const items = [50, 30, 10, 5, 3, 2, 0].map((weight) => ({ weight }))
    const placed = treemap(items, { x: 0, y: 0, width: 100, height: 50 })
    expect(placed).toHaveLength(6)
    for (const { item, width, height } of placed) expect(width * height).toBeCloseTo(item.weight * 50, 6)
    for (const [index, a] of placed.entries()) {
      expect(a.x + a.width).toBeLessThanOrEqual(100.000001)
      expect(a.y + a.height).toBeLessThanOrEqual(50.000001)
      for (const b of placed.slice(index + 1)) {
        const apart =
          a.x + a.width <= b.x + 1e-6 ||
          b.x + b.width <= a.x + 1e-6 ||
          a.y + a.height <= b.y + 1e-6 ||
          b.y + b.height <= a.y + 1e-6
        expect(apart).toBe(true)
      }
    }
  })

  it('has nothing to draw for nothing', () => {
    expect(treemap([], { x: 0, y: 0, width: 10, height: 10 })).toEqual([])
  })
})

it('escapes values in templates and nothing twice', () => {
  expect(html`<b>${'<&>'}</b>${[html`<i>${1}</i>`]}`.html).toBe('<b>&#60;&#38;&#62;</b><i>1</i>')
})
