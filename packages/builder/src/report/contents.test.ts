import {
  type BundleFile,
  type BundleManifest,
  type Origin,
  type Requirer,
  requirerOf,
} from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import type { Inspection } from '../inspect/inspection.ts'
import { files, images, sums } from './contents.ts'
import { pageOf } from './context.ts'

const INTEGRITY = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
const fileOf = (path: string, origin: Origin): BundleFile => ({
  ...{ path, size: 2_000_000, mode: '0644', integrity: INTEGRITY, origin, neededBy: [] },
})

function pageWith(manifest: Partial<BundleManifest>, lang: 'en' | 'zh' = 'en') {
  const whole = { name: 'site', files: [], images: [], placeholders: [], ...manifest }
  return pageOf({ verified: { manifest: whole } } as unknown as Inspection, lang)
}
/** The cells of its rows, without their tags. */
const cells = (text: string): string[] =>
  [...text.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = '']) =>
    cell
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  )
const fileWith = (origin: Origin) => files(pageWith({ files: [fileOf('k3s', origin)] })).html

describe('files of upstream', () => {
  it.each<[Origin, string, RegExp]>([
    [
      { kind: 'url', url: 'https://u.test/k3s', trust: 'upstream-checksum' },
      '<a href="https://u.test/k3s" rel="noreferrer">https://u.test/k3s</a></div></td>',
      /class="tag good">/,
    ],
    [
      { kind: 'url', url: 'https://u.test/k.tgz', member: 'k/keadm', trust: 'release-digest' },
      '</a><code class="digest">k/keadm</code></div></td>',
      /class="tag good">/,
    ],
    [
      { kind: 'url', url: 'ftp://u.test/k3s', trust: 'first-use' },
      '>ftp://u.test/k3s</div></td>',
      /class="tag warn">/,
    ],
    [
      { kind: 'image-file', reference: 'r/node:24', digest: 'sha256:0', member: '/bin/node' },
      '>r/node:24<code class="digest">/bin/node</code></div></td>',
      /class="tag good">/,
    ],
  ])('say where they come from, and why they are trusted: %j', (origin, from, trust) => {
    expect(fileWith(origin)).toContain(from)
    expect(fileWith(origin)).toMatch(trust)
  })

  it('are set apart by how they are trusted', () => {
    const trusts = ['upstream-checksum', 'release-digest', 'first-use'] as const
    const words = trusts.map((trust) => cells(fileWith({ kind: 'url', url: 'https://u', trust })).at(-1))
    expect(new Set(words).size).toBe(3)
  })

  it('are neither images nor what edgelift writes, which stand elsewhere', () => {
    const page = pageWith({
      files: [
        fileOf('images/a.tar', { kind: 'image', reference: 'r/a:1', digest: 'sha256:0' }),
        fileOf('README.md', { kind: 'edgelift', version: '1' }),
      ],
    })
    expect(cells(files(page).html)).toEqual([])
    expect(sums(page).html).toContain('images/a.tar')
    expect(sums(page).html).toContain('README.md')
  })

  it('are marked where they are placeholders', () => {
    const origin = { kind: 'url', url: 'https://u', trust: 'first-use' } as const
    const page = pageWith({ files: [fileOf('k3s', origin)], placeholders: ['k3s'] })
    expect(cells(files(page).html)[0]).toBe('k3s placeholder')
  })
})

describe('images', () => {
  const image = (neededBy: Requirer[]) => ({
    ...{ reference: 'r/a:1', digest: 'sha256:0', platform: 'linux/amd64' as const, file: 'images/a.tar' },
    ...{ blobs: [], neededBy },
  })

  it('say how large they are, and who needs them on which condition', () => {
    const requirer = requirerOf({ kind: 'chart', name: 'c' }, { option: 'gateway' })
    const origin: Origin = { kind: 'image', reference: 'r/a:1', digest: 'sha256:0' }
    const page = pageWith({ files: [fileOf('images/a.tar', origin)], images: [image([requirer])] })
    const [name, size, , needed] = cells(images(page).html)
    expect([name, size, needed]).toEqual(['r/a:1 sha256:0', '2.0 MB', 'chart c with option gateway'])
  })

  it('are no section where there are none', () => {
    expect(images(pageWith({})).html).toBe('')
  })

  it('leave open whether they state a licence where no bill of materials can be read', () => {
    const [english, chinese] = (['en', 'zh'] as const).map(
      (lang) => images(pageWith({ images: [image([])] }, lang)).html,
    )
    expect(english).toContain('class="note after"')
    expect(chinese).toMatch(/class="note after">[^<]*[\u4e00-\u9fff]/)
  })
})

it('the checksums are those of SHA256SUMS, with the commands that check them', () => {
  const origin: Origin = { kind: 'edgelift', version: '1' }
  const text = sums(pageWith({ files: [fileOf('README.md', origin)] })).html
  expect(text).toContain('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(text).toContain('tar xzf site.tar.gz\ncd site\nsha256sum -c SHA256SUMS')
})
