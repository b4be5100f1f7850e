import { type BundleManifest, requirerOf } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import { kindOf } from './kinds.ts'
import { imagesText, whyText } from './tables.ts'
import { why } from './why.ts'

const manifest: BundleManifest = {
  format: 'edgelift/bundle/v1',
  name: 'a',
  role: 'cloud',
  platform: 'linux/amd64',
  release: { name: 'r', version: '1' },
  lock: 'sha256:0',
  edgelift: '0',
  packed: { size: 0, sha256: '0'.repeat(64) },
  versions: {},
  files: [
    {
      path: 'images/busybox-1.tar',
      size: 2_000_000,
      mode: '0644',
      integrity: 'sha256-x',
      origin: { kind: 'image', reference: 'docker.io/library/busybox:1', digest: 'sha256:b' },
      neededBy: [],
    },
    {
      path: 'keadm',
      size: 3,
      mode: '0755',
      integrity: 'sha256-x',
      origin: { kind: 'url', url: 'https://u/k.tgz', member: 'k/keadm', trust: 'upstream-checksum' },
      neededBy: [],
    },
  ],
  images: [
    {
      reference: 'docker.io/library/busybox:1',
      digest: 'sha256:b',
      platform: 'linux/amd64',
      file: 'images/busybox-1.tar',
      blobs: [],
      neededBy: [requirerOf({ kind: 'chart', name: 'x', detail: 'Pod y' }, { option: 'mosquitto' })],
    },
  ],
  charts: [],
  options: [],
  settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
  placeholders: [],
}

describe('why', () => {
  it.each(['docker.io/library/busybox:1', 'library/busybox:1', 'busybox:1', 'busybox'])(
    'finds an image by "%s"',
    (name) => {
      const [reason] = why(manifest, name)
      expect(reason).toMatchObject({ kind: 'image', neededBy: [{ requirer: 'chart x (Pod y)' }] })
    },
  )

  it('finds a file by its path, and refuses what is not there', () => {
    expect(why(manifest, 'keadm')).toMatchObject([{ kind: 'file', name: 'keadm' }])
    expect(() => why(manifest, 'nginx')).toThrow(expect.objectContaining({ code: 'NAME_UNKNOWN' }))
  })

  it('says who asks, when, and from where it came', () => {
    const text = whyText(why(manifest, 'busybox:1'), 'en')
    expect(text).toContain('needed by  chart x (Pod y)  (with option mosquitto)')
    expect(whyText(why(manifest, 'keadm'), 'en')).toContain('https://u/k.tgz (k/keadm)')
  })
})

it('lists images with sizes', () => {
  expect(imagesText(manifest, 'en').split('\n')[1]).toMatch(
    /^docker\.io\/library\/busybox:1 +2\.0 MB {2}sha256:b/,
  )
})

it('tells kinds by origin and path', () => {
  const [image, program] = manifest.files
  expect(image && kindOf(image)).toBe('images')
  expect(program && kindOf(program)).toBe('programs')
  expect(kindOf({ path: 'edgelift', mode: '0755', origin: { kind: 'edgelift', version: '0' } })).toBe(
    'installer',
  )
})
