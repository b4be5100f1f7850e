import { type BundleManifest, requirerOf } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import { originWords, whenWords, why } from './why.ts'

const requirer = requirerOf({ kind: 'release', name: 'x' })
const image = (reference: string, file: string) => ({
  reference,
  digest: 'sha256:0',
  file,
  neededBy: [requirer],
})
const manifest = {
  name: 'sample',
  images: [
    image('docker.io/library/busybox:1.36', 'images/busybox-1.36.tar'),
    image('docker.io/kubeedge/edgemesh-agent:v1', 'images/docker.io-kubeedge-edgemesh-agent-v1.tar'),
  ],
  charts: [{ name: 'edgemesh', path: 'helm-charts/edgemesh.tgz', when: { option: 'edgemesh' } }],
  files: [
    'images/busybox-1.36.tar',
    'images/docker.io-kubeedge-edgemesh-agent-v1.tar',
    'helm-charts/edgemesh.tgz',
    'bin/helm',
  ].map((path) => ({ path, origin: { kind: 'edgelift', version: '1' }, neededBy: [requirer] })),
} as unknown as BundleManifest
const found = (name: string): string[] => why(manifest, name).map((reason) => `${reason.kind} ${reason.name}`)

describe('what a name leads to', () => {
  it.each([
    ['docker.io/library/busybox:1.36', ['image docker.io/library/busybox:1.36']],
    ['library/busybox:1.36', ['image docker.io/library/busybox:1.36']],
    ['busybox:1.36', ['image docker.io/library/busybox:1.36']],
    ['kubeedge/edgemesh-agent:v1', ['image docker.io/kubeedge/edgemesh-agent:v1']],
    ['busybox', ['image docker.io/library/busybox:1.36']],
    ['edgemesh', ['chart edgemesh']],
    ['edgemesh-', ['image docker.io/kubeedge/edgemesh-agent:v1']],
    ['bin/helm', ['file bin/helm']],
    ['helm', ['file helm-charts/edgemesh.tgz', 'file bin/helm']],
    ['images/busybox-1.36.tar', ['file images/busybox-1.36.tar']],
  ])('%s', (name, expected) => {
    expect(found(name)).toEqual(expected)
  })

  it('is nothing, said in both languages with what to do', () => {
    expect(() => why(manifest, 'nginx')).toThrow(
      expect.objectContaining({
        code: 'NAME_UNKNOWN',
        what: { en: 'sample has no image, path or chart "nginx"', zh: 'sample 中没有 "nginx"' },
        fix: { en: expect.stringContaining('--images'), zh: expect.stringContaining('--images') },
      }),
    )
  })

  it('knows a chart by its file, and on which condition it is installed', () => {
    expect(why(manifest, 'edgemesh')).toMatchObject([
      { origin: { kind: 'edgelift' }, neededBy: [{ kind: 'installer', when: { option: 'edgemesh' } }] },
    ])
  })
})

it.each([
  [undefined, '', ''],
  [{ option: 'gateway' }, 'with option gateway', '选项 gateway'],
  [{ fact: 'iptables-nft' }, 'where iptables-nft', '当 iptables-nft'],
])('says a condition in both languages: %j', (when, en, zh) => {
  expect([whenWords(when, 'en'), whenWords(when, 'zh')]).toEqual([en, zh])
})

it.each([
  [{ kind: 'url', url: 'https://a/b', trust: 'first-use' }, 'https://a/b'],
  [{ kind: 'url', url: 'https://a/b', trust: 'first-use', member: './c' }, 'https://a/b (./c)'],
  [{ kind: 'image', reference: 'r/a:1', digest: 'sha256:0' }, 'r/a:1@sha256:0'],
  [{ kind: 'image-file', reference: 'r/a:1', digest: 'sha256:0', member: '/x' }, 'r/a:1@sha256:0 (/x)'],
  [{ kind: 'edgelift', version: '0.1.0' }, 'edgelift 0.1.0'],
] as const)('says where a file came from: %j', (origin, words) => {
  expect(originWords(origin)).toBe(words)
})
