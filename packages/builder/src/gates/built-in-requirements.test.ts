import { requirerText } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import { expandFor } from '../release/expand.ts'
import { Release } from '../release/schema.ts'
import { sampleRelease } from '../testing/sample.ts'
import { builtInImageRequirements, checkSandboxKnown } from './built-in-requirements.ts'
import { fileRequirements } from './required-files.ts'

it('has no requirer whose Chinese text holds an English phrase', () => {
  const files = { containerd: { ...sampleRelease.files.tools, members: { c: 'bin/containerd' } } }
  const release = expandFor(
    { ...sampleRelease, files: { ...sampleRelease.files, ...files } } as never,
    'linux/amd64',
  )
  const all = [...fileRequirements(release), ...builtInImageRequirements(release, new Map())]
  const texts = all.map(({ requirer }) => requirerText(requirer, 'zh'))
  expect(texts.length).toBeGreaterThan(10)
  expect(texts.filter((text) => /[a-z’]+ [a-z]+ [a-z]+/.test(text))).toEqual([])
})

const LIST = {
  roles: ['cloud'],
  url: 'https://files.example/k3s-images.txt',
  except: { 'rancher/klipper-lb': 'no load balancer' },
}
const K3S = { roles: ['cloud'], path: 'k3s-amd64', url: 'https://files.example/k3s' }
const CONTAINERD = { roles: ['edge'], url: 'https://files.example/c.tgz', members: { c: 'bin/containerd' } }
const EDGECORE = { roles: ['edge'], url: 'https://files.example/e.tgz', members: { e: 'edgecore' } }

/** A release with these parts alone, on linux/amd64. */
function releaseWith(parts: Record<string, unknown> = {}) {
  const { format, name, version, archives, versions } = sampleRelease
  const base = { format, name, version, archives, versions: { ...versions, containerd: '2.1.5' } }
  return expandFor(Release.parse({ ...base, ...parts }), 'linux/amd64')
}
const imagesOf = (parts: Record<string, unknown>, list: readonly string[] = []) =>
  builtInImageRequirements(releaseWith(parts), new Map([['imageLists.k3s', list]])).map(
    ({ role, reference, requirer }) => `${role} ${reference}: ${requirerText(requirer, 'en')}`,
  )

describe('images that no chart names', () => {
  it('are none of a release that runs nothing', () => {
    expect(imagesOf({})).toEqual([])
  })

  it.each<[string, Record<string, unknown>, readonly RegExp[]]>([
    ['the sandbox of K3s', { files: { k3s: K3S } }, [/^cloud .*pause.*: K3s’ containerd/]],
    [
      'one that the release names for it',
      { files: { k3s: K3S }, settings: { sandboxImage: { cloud: 'site/pause:9' } } },
      [/^cloud docker\.io\/site\/pause:9: /],
    ],
    [
      'those of containerd and of edgecore, which differ',
      { files: { containerd: CONTAINERD } },
      [/^edge .*: containerd 2\.1\.5/, /^edge .*: edgecore/],
    ],
    [
      'that of both where the release names it',
      { files: { edgecore: EDGECORE }, settings: { sandboxImage: { edge: 'site/pause:9' } } },
      [/^edge docker\.io\/site\/pause:9: containerd 2\.1\.5/],
    ],
    [
      'that of the functional test, on both sides',
      { settings: { testImage: 'busybox:1' } },
      [/^cloud docker\.io\/library\/busybox:1: /, /^edge docker\.io\/library\/busybox:1: /],
    ],
  ])('are %s', (_what, parts, expected) => {
    const found = imagesOf(parts)
    expect(found).toHaveLength(expected.length)
    for (const [at, words] of expected.entries()) expect(found[at]).toMatch(words)
  })

  it('are those of a list, but for what the release excepts because nothing runs it', () => {
    const list = ['docker.io/rancher/mirrored-coredns-coredns:1', 'docker.io/rancher/klipper-lb:2']
    expect(imagesOf({ imageLists: { k3s: LIST }, settings: { k3sDisable: ['servicelb'] } }, list)).toEqual([
      'cloud docker.io/rancher/mirrored-coredns-coredns:1: image list k3s',
    ])
    expect(imagesOf({ imageLists: { k3s: LIST } }, list)[1]).toMatch(
      /^cloud docker\.io\/rancher\/klipper-lb:2: K3s .*servicelb is not in settings\.k3sDisable/,
    )
  })
})

describe('a containerd whose sandbox image nobody knows', () => {
  const versions = { containerd: '99.0.0' }
  it.each<[string, Record<string, unknown>, number]>([
    ['has to have it named', { files: { containerd: CONTAINERD }, versions }, 1],
    ['has to, also of no version', { files: { containerd: CONTAINERD }, versions: {} }, 1],
    [
      'is fine where the release names it',
      { files: { containerd: CONTAINERD }, versions, settings: { sandboxImage: { edge: 'a:1' } } },
      0,
    ],
    ['is fine where no edge has it', { files: { k3s: K3S }, versions }, 0],
    ['is another than this one', { files: { containerd: CONTAINERD } }, 0],
  ])('%s', (_what, parts, count) => {
    const findings = checkSandboxKnown(releaseWith(parts))
    expect(findings).toHaveLength(count)
    for (const one of findings)
      expect(one).toMatchObject({ code: 'IMAGE_MISSING', where: 'settings.sandboxImage.edge' })
  })
})
