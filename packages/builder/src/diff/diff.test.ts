import type { BundleManifest } from '@edgelift/bundle'
import { paintFor } from '@edgelift/core/cli'
import { describe, expect, it } from 'vitest'
import { differencePage } from '../report/difference.ts'
import { compare } from './compare.ts'
import { differenceText } from './format.ts'
import { type Subject, subjectOfManifest } from './subject.ts'

const origin = { kind: 'edgelift', version: '1' } as const
const file = (path: string, hash: string, size = 10): BundleManifest['files'][number] => ({
  path,
  size,
  mode: '0644',
  integrity: `sha256-${hash}`,
  origin,
  neededBy: [],
})
const image = (reference: string, digest: string): BundleManifest['images'][number] => ({
  reference,
  digest,
  platform: 'linux/amd64',
  file: `images/${reference}.tar`,
  blobs: [],
  neededBy: [],
})

const old: BundleManifest = {
  format: 'edgelift/bundle/v1',
  name: 'site-1.0.0-amd64',
  role: 'cloud',
  platform: 'linux/amd64',
  release: { name: 'site', version: '1.0.0' },
  lock: 'sha256:lock',
  edgelift: '1',
  packed: { size: 0, sha256: '0'.repeat(64) },
  versions: { k3s: '1.34.2+k3s1', kubeedge: '1.22.0' },
  files: [
    file('images/r/app:1.tar', 'a', 100),
    file('bin/helm', 'h'),
    file('crds/istio/a.yaml', 'c'),
    file('helm-charts/x.tgz', 'x'),
  ],
  images: [image('r/app:1', 'sha256:aaaaaaaaaaaaaaaa')],
  charts: [
    {
      name: 'x',
      path: 'helm-charts/x.tgz',
      release: 'x',
      namespace: 'n',
      values: { a: { b: 1, c: 2 } },
      variants: [],
    },
  ],
  options: [{ name: 'gateway', title: { en: 'g', zh: 'g' }, default: false }],
  settings: { sandboxImage: 'pause', testImage: 'busybox', k3sDisable: ['traefik'] },
  placeholders: [],
}

function subject(changes: Partial<BundleManifest> = {}): Subject {
  return subjectOfManifest({ ...old, ...changes }, 'manifest')
}

const plain = paintFor({ write: () => {} }, {})

describe('compare', () => {
  it('finds nothing between two that are the same', () => {
    const difference = compare(subject(), subject())
    expect(difference.isEmpty).toBe(true)
    expect(differenceText(difference, 'en', plain)).toContain('no differences')
  })

  it('refuses a lock and an archive, of which no line would be the same', () => {
    const lock: Subject = { ...subject(), kind: 'lock', name: 'site.lock.json' }
    for (const pair of [
      [lock, subject()],
      [subject(), lock],
    ] as const)
      expect(() => compare(...pair)).toThrow(
        expect.objectContaining({
          code: 'DIFF_SUBJECT',
          what: {
            en: expect.stringContaining('site.lock.json'),
            zh: expect.stringContaining('site.lock.json'),
          },
        }),
      )
  })

  it('tells the release and the lock where nothing else differs', () => {
    const next = subject({ release: { name: 'site', version: '1.0.1' }, lock: 'sha256:another' })
    expect(compare(subject(), next)).toMatchObject({
      isEmpty: false,
      settings: [
        { name: 'lock', from: 'sha256:lock', to: 'sha256:another' },
        { name: 'release', from: 'site 1.0.0', to: 'site 1.0.1' },
      ],
    })
  })

  it('tells components, CRDs, files, settings and options that differ', () => {
    const next = subject({
      versions: { k3s: '1.34.3+k3s1', kubeedge: '1.22.0', edgemesh: '1.17.0' },
      files: [
        file('images/r/app:1.tar', 'a', 100),
        file('crds/istio/a.yaml', 'c2'),
        file('helm-charts/x.tgz', 'x'),
        file('keadm', 'k'),
      ],
      settings: { ...old.settings, k3sDisable: [] },
      options: [],
    })
    expect(compare(subject(), next)).toMatchObject({
      isEmpty: false,
      components: [
        { name: 'edgemesh', to: '1.17.0' },
        { name: 'k3s', from: '1.34.2+k3s1', to: '1.34.3+k3s1' },
      ],
      crds: [{ name: 'crds/istio/a.yaml' }],
      files: [
        { name: 'bin/helm', toSize: 0 },
        { name: 'keadm', fromSize: 0, toSize: 10 },
      ],
      settings: [{ name: 'k3sDisable', from: '["traefik"]', to: '[]' }, { name: 'option gateway' }],
      images: [],
    })
  })

  it('sees an image under a new tag as one change, and one whose digest moved under its tag', () => {
    const tagged = compare(subject(), subject({ images: [image('r/app:2', 'sha256:bbbbbbbbbbbbbbbb')] }))
    expect(tagged.images).toMatchObject([
      { name: 'r/app', from: '1 sha256:aaaaaaaaaaaaaaaa', to: '2 sha256:bbbbbbbbbbbbbbbb' },
    ])
    const moved = compare(subject(), subject({ images: [image('r/app:1', 'sha256:cccccccccccccccc')] }))
    expect(moved.images).toMatchObject([{ name: 'r/app:1', to: 'sha256:cccccccccccccccc' }])
  })

  it("tells a chart's values by their paths, and its file by its digest", () => {
    const [chart] = old.charts
    const next = subject({
      charts: chart === undefined ? [] : [{ ...chart, values: { a: { b: 1, c: 3, d: [] } } }],
    })
    expect(compare(subject(), next).charts).toEqual([
      {
        name: 'x',
        from: 'sha256-x 0644',
        to: 'sha256-x 0644',
        values: [
          { name: 'values.a.c', from: '2', to: '3' },
          { name: 'values.a.d', to: '[]' },
        ],
      },
    ])
  })
})

it('shows each change with its sign, in text and in a page without scripts', () => {
  const difference = compare(subject(), subject({ images: [], versions: {} }))
  expect(differenceText(difference, 'zh', plain)).toMatch(/组件\n {2}- k3s {2,}1\.34\.2\+k3s1/)
  expect(differenceText(difference, 'en', plain)).toMatch(/\nSize: \d+ B → \d+ B$/)
  const page = differencePage(difference, 'en')
  expect(page).toContain('<span class="tag bad">-</span>')
  expect(page).not.toContain('<script')
})
