import { newKey, PATHS, requirerOf, signHash, signingHash } from '@edgelift/bundle'
import { EDGELIFT_VERSION } from '@edgelift/core'
import { paintFor } from '@edgelift/core/cli'
import { describe, expect, it } from 'vitest'
import type { Difference } from '../diff/compare.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { summaryText } from '../inspect/tables.ts'
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

const EMPTY: Difference = {
  ...{ from: 'old', to: 'new', isEmpty: true, components: [], images: [], charts: [], crds: [] },
  ...{ files: [], settings: [], size: { from: 1, to: 2 } },
}

function withContents(texts: Record<string, string>, signature: 'none' | 'unchecked' = 'none'): Inspection {
  const contents = new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]))
  return { ...inspection, verified: { ...inspection.verified, signature, contents } }
}

/** A bill of materials with the one image. */
function sbomOf(licenses: { expression: string }[]): string {
  const properties = [{ name: 'edgelift:path', value: 'i' }]
  return JSON.stringify({
    serialNumber: 'urn:uuid:1',
    metadata: { tools: { components: [] }, component: { name: 'a', version: '1' } },
    components: [{ type: 'container', 'bom-ref': 'i', name: 'i', licenses, properties }],
  })
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
    for (const words of ['Not signed', 'Placeholders: 1.', 'first use', '>placeholder<'])
      expect(page).toContain(words)
  })

  it('has a sign-off box without a form, and names images without a licence', () => {
    expect(page).toMatch(/Sign-off[\s\S]+Approved with conditions[\s\S]+>Name<[\s\S]+>Date</)
    expect(page).not.toContain('<form')
    const without = reportPage(withContents({ [PATHS.sbom]: sbomOf([]) }), 'en')
    expect(without).toContain('state no licence for:')
    expect(
      summaryText(withContents({ [PATHS.sbom]: sbomOf([]) }), 'en', paintFor({ write: () => {} }, {})),
    ).toContain('no licence stated')
    const licensed = reportPage(
      withContents({ [PATHS.sbom]: sbomOf([{ expression: 'MIT AND Zlib' }]) }),
      'en',
    )
    expect(licensed).toContain('<span class="keep">MIT</span> <span class="keep">AND</span> ')
    expect(licensed).toContain('Every image states its licence.')
  })

  it('shows whose signature it is, and that nobody has verified it', () => {
    const key = newKey(Buffer.alloc(32, 1), Buffer.alloc(8, 2))
    const signature = signHash(signingHash().digest(), key, 'a comment')
    const signed = reportPage(withContents({ [PATHS.signature]: signature }, 'unchecked'), 'en')
    expect(signed).toContain('<code>0202020202020202</code>')
    expect(signed).toContain('<code>a comment</code>')
    expect(signed).toContain('Nobody has verified them here')
  })

  it('shows what changed against an earlier archive', () => {
    const difference = { ...EMPTY, isEmpty: false, components: [{ name: 'k3s', from: '1', to: EVIL }] }
    const compared = reportPage(inspection, 'en', difference)
    expect(compared).toContain('What changed')
    expect(compared).toContain('1 → &#60;script&#62;')
    expect(page).not.toContain('What changed')
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
