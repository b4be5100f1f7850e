import { expect, it } from 'vitest'
import { readManifest } from './read-manifest.ts'

const file = (path: string, integrity = `sha256-${'A'.repeat(43)}=`) => ({
  ...{ path, size: 1, mode: '0644', integrity, neededBy: [] },
  origin: { kind: 'edgelift', version: '0' },
})

function manifest(changes: object): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      ...{ format: 'edgelift/bundle/v1', name: 'a', role: 'edge', platform: 'linux/amd64' },
      ...{ release: { name: 'a', version: '1' }, lock: 'x', edgelift: '0', versions: {} },
      packed: { size: 0, sha256: '0'.repeat(64) },
      ...{ files: [file('a')], images: [], charts: [], options: [], placeholders: [] },
      settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
      ...changes,
    }),
  )
}

const chart = (changes: object) => ({
  ...{ name: 'c', path: 'a', release: 'c', namespace: 'n', values: {}, variants: [], ...changes },
})
const image = {
  ...{ reference: 'r/a:1', digest: 'sha256:0', platform: 'linux/amd64', file: '/etc/passwd', neededBy: [] },
}

it('reads a manifest', () => {
  const charts = [chart({ release: 'a.b-c', namespace: 'kube-system' })]
  expect(readManifest(manifest({ charts, images: [{ ...image, file: 'a' }] }), 'm').files).toHaveLength(1)
})

it.each([
  ['an integrity that is none', manifest({ files: [file('a', 'sha256-!!!')] }), 'files.0.integrity'],
  ['an integrity of another algorithm', manifest({ files: [file('a', 'sha512-AAAA')] }), 'files.0.integrity'],
  ['paths that differ in case only', manifest({ files: [file('a/B'), file('A/b')] }), '"a/B" and "A/b"'],
  ['paths that fold alike', manifest({ files: [file('ſ'), file('b'), file('S. ')] }), '"ſ" and "S. "'],
  [
    'paths that fold to one folder',
    manifest({ files: [file('a/b'), file('a.'), file('a-')] }),
    '"a." and "a/b"',
  ],
  [
    'paths that differ in normalisation only',
    manifest({ files: [file('\u00e9'), file('e\u0301')] }),
    'one file',
  ],
  [
    'a version that leaves the folder',
    manifest({ release: { name: 'a', version: '../x' } }),
    'release.version',
  ],
  ['one path twice', manifest({ files: [file('a'), file('a')] }), 'one file'],
  ['a path that leaves', manifest({ files: [file('../a')] }), 'path "../a"'],
  ['a key of the prototype', Buffer.from('{"__proto__":{"role":"edge"}}'), '__proto__'],
  ['what is nested without end', Buffer.from(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`), 'nested'],
  ['a name with a terminal escape', manifest({ name: 'a\u001b[2J' }), 'control characters'],
  ['a key that turns the direction', manifest({ versions: { 'a\u202eb': '1' } }), 'control characters'],
  ['an image that is no file of it', manifest({ images: [image] }), 'images.0.file: "/etc/passwd" is not'],
  [
    'a chart that is no file of it',
    manifest({ charts: [chart({ path: 'b' })] }),
    'charts.0.path: "b" is not',
  ],
  [
    'a release name that helm takes for an option',
    manifest({ charts: [chart({ release: '--post-renderer=x' })] }),
    'charts.0.release: must be a release name of Helm',
  ],
  [
    'a release name that is too long for Helm',
    manifest({ charts: [chart({ release: 'a'.repeat(54) })] }),
    'charts.0.release',
  ],
  [
    'a namespace that helm takes for an option',
    manifest({ charts: [chart({ namespace: '-A' })] }),
    'charts.0.namespace: must be a DNS label',
  ],
  ['what is no JSON', Buffer.from('{'), 'not JSON'],
])('refuses %s, naming it', (_name, bytes, named) => {
  expect(() => readManifest(bytes, 'm')).toThrow(
    expect.objectContaining({
      code: 'MANIFEST_INVALID',
      because: expect.objectContaining({ en: expect.stringContaining(named) }),
    }),
  )
})
