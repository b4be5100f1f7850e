import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkCompatibility } from './compatibility.ts'
import { expandRelease } from './expand.ts'
import { lintRelease } from './lint.ts'
import { loadRelease } from './load.ts'
import { Release } from './schema.ts'

const MANIFESTS = path.resolve(import.meta.dirname, '../../../../manifests')

function release(changes: object = {}): Release {
  return Release.parse({
    format: 'edgelift/release/v1',
    name: 'x',
    version: '1',
    versions: { tool: '1.2.3+k' },
    archives: { cloud: 'x-cloud-${arch}', edge: 'x-edge-${arch}' },
    ...changes,
  })
}

function found(changes: object): string[] {
  return lintRelease(release(changes)).map(({ code, where, text }) => `${code} ${where}: ${text.en}`)
}

const file = (more: object): object => ({ roles: ['edge'], url: 'https://f.example/a', path: 'a', ...more })
const chart = (roles: string[], more: object): object => ({
  roles,
  url: 'https://f.example/c.tgz',
  path: 'c.tgz',
  release: 'c',
  namespace: 'c',
  ...more,
})

describe('the shipped release', () => {
  it('has no errors, and says that its pair of KubeEdge and K3s is outside of the tested matrix', async () => {
    const { release: shipped } = await loadRelease('kubeedge-1.22.0', { folders: [MANIFESTS] })
    const findings = lintRelease(shipped)
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(findings.map(({ code }) => code)).toEqual(['UNTESTED'])
    expect(findings[0]?.text.en).toContain('1.34.2')
  })

  it('without one of its archives says once what is left out', async () => {
    const { release: shipped } = await loadRelease('kubeedge-1.22.0', { folders: [MANIFESTS] })
    const { cloud: _, ...archives } = shipped.archives
    const findings = lintRelease({ ...shipped, archives })
    expect(findings.filter(({ code }) => code === 'ROLE_UNNAMED')).toMatchObject([
      { where: 'archives.cloud', text: { en: expect.stringMatching(/files\.k3s, .*charts\.cloudcore/) } },
    ])
  })

  it('expands to the names of the guide, for both platforms', async () => {
    const { release: shipped } = await loadRelease('kubeedge-1.22.0', { folders: [MANIFESTS] })
    const [amd64, arm64] = expandRelease(shipped)
    expect(amd64?.archives).toEqual({
      cloud: 'kubeedge-cloud-1.22.0-k3s-1.34.2+k3s1-amd64',
      edge: 'kubeedge-edge-1.22.0-amd64',
    })
    expect(arm64?.files.find(({ name }) => name === 'k3s')?.url).toBe(
      'https://github.com/k3s-io/k3s/releases/download/v1.34.2%2Bk3s1/k3s-arm64',
    )
  })
})

describe('lint', () => {
  it('names each circle of options that require themselves once, and no option that two others require', () => {
    const option = (...requires: string[]) => ({ title: { en: 'x', zh: 'x' }, requires })
    const options = { a: option('a'), b: option('c', 'f'), c: option('b', 'f'), d: option('b'), f: option() }
    expect(found({ options }).filter((line) => line.includes('requires'))).toEqual([
      'CONDITION options.a.requires: the option requires itself (a → a); remove one "requires" of the circle',
      'CONDITION options.b.requires: the option requires itself (b → c → b); remove one "requires" of the circle',
    ])
  })

  it('follows a chain of options that is longer than the stack is deep, and names the circle at its end', () => {
    const length = 20_000
    const title = { en: 'x', zh: 'x' }
    const chain = Array.from({ length }, (_, at) => [`o${at}`, { title, requires: [`o${at + 1}`] }])
    const options = { ...Object.fromEntries(chain), [`o${length}`]: { title, requires: [`o${length - 1}`] } }
    expect(found({ options }).filter((line) => line.includes('requires'))).toEqual([
      expect.stringContaining(`options.o${length - 1}.requires: the option requires itself`),
    ])
  })

  it('tells thousands of unknown variables without comparing each with all that it knows', () => {
    const versions = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`known${at}`, '1']))
    const image = (at: number) => ({ reference: `a:\${unknown${at}}`, roles: ['edge'] })
    const images = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`i${at}`, image(at)]))
    const findings = found({ versions, images })
    expect(findings.filter((line) => line.includes('is not in "versions"')).length).toBeGreaterThan(19_999)
    expect(findings.filter((line) => line.includes('did you mean')).length).toBeLessThan(101)
  })

  it('refuses licences that are no SPDX expression, wherever they stand', () => {
    const licenses = { 'docker.io/a/b': 'Apache 2', 'docker.io/a/c': 'MIT AND Zlib' }
    const software = { version: '1', purl: 'pkg:generic/a@1', license: 'GPL' }
    const list = { roles: ['edge'], url: 'https://f.example/list.txt', licenses }
    const places = found({
      files: { a: file({ license: 'BSD', software }) },
      imageLists: { l: list },
      imageFiles: { i: { reference: 'a:1', roles: ['edge'], files: {}, software: { 'x/y': software } } },
    }).filter((line) => line.startsWith('LICENSE'))
    expect(places.map((line) => line.replace(/: .*/, ''))).toEqual([
      'LICENSE files.a.license',
      'LICENSE files.a.software.license',
      expect.stringContaining('docker.io/a/b'),
      expect.stringContaining('x/y'),
    ])
  })

  it('finds nothing in a sound release', () => {
    expect(found({ files: { a: file({}), b: file({ path: 'docs/site.md' }) } })).toEqual([])
  })

  it.each([
    ['TAG_LATEST', { images: { a: { reference: 'busybox:latest', roles: ['edge'] } } }, 'tag "latest"'],
    ['TAG_LATEST', { images: { a: { reference: 'busybox', roles: ['edge'] } } }, 'no tag'],
    ['TAG_LATEST', { settings: { testImage: 'busybox' } }, 'settings.testImage'],
    ['REFERENCE', { images: { a: { reference: 'Busy:1', roles: ['edge'] } } }, 'images.a.reference'],
    [
      'REFERENCE_DIGEST',
      { images: { a: { reference: `b@sha256:${'0'.repeat(64)}`, roles: ['edge'] } } },
      'images.a',
    ],
    ['TEMPLATE', { files: { a: file({ path: 'b-${tol}' }) } }, 'did you mean ${tool}'],
    ['TEMPLATE', { versions: { arch: '1' } }, 'versions.arch'],
    ['PATH_UNSAFE', { files: { a: file({ path: '../a' }) } }, '"../a"'],
    ['PATH_UNSAFE', { files: { a: file({ path: '/etc/a' }) } }, '"/etc/a"'],
    ['PATH_UNSAFE', { files: { a: file({ path: 'a/./b' }) } }, '"a/./b"'],
    ['PATH_UNSAFE', { archives: { edge: 'a/b-${arch}' } }, 'archives.edge'],
    ['PATH_RESERVED', { files: { a: file({ path: 'manifest.json' }) } }, 'manifest.json'],
    ['PATH_RESERVED', { files: { a: file({ path: 'images/mine.tar' }) } }, 'images/mine.tar'],
    ['PATH_RESERVED', { files: { a: file({ path: 'docs/en/operator.md' }) } }, 'docs/en/operator.md'],
    ['PATH_RESERVED', { files: { a: file({ path: 'docs' }) } }, '"docs"'],
    ['PATH_TWICE', { files: { a: file({}), b: file({}) } }, 'also the place of files.a'],
    ['PATH_TWICE', { files: { a: file({}), b: file({ path: 'a/b' }) } }, '"a" of the edge archive'],
    ['PATH_TWICE', { files: { a: file({ path: 'x' }), b: file({ path: 'X' }) } }, 'files.a'],
    ['PATH_TWICE', { files: { a: file({ path: 'caf\u00e9' }), b: file({ path: 'cafe\u0301' }) } }, 'files.a'],
    ['PATH_RESERVED', { files: { a: file({ path: 'Install.sh' }) } }, 'Install.sh'],
    ['PATH_UNSAFE', { files: { a: file({ path: 'x\u202ey' }) } }, 'cannot hold it'],
    ['PATH_UNSAFE', { archives: { edge: 'x'.repeat(230) } }, 'at most 220'],
    ['REFERENCE', { images: { a: { reference: '', roles: ['edge'] } } }, 'images.a'],
    ['PATH_TWICE', { archives: { cloud: 'same', edge: 'same' } }, 'same archive name'],
    [
      'IMAGE_TWICE',
      {
        images: {
          a: { reference: 'a:1', roles: ['edge'] },
          b: { reference: 'docker.io/library/a:1', roles: ['edge'] },
        },
      },
      'images.b',
    ],
    [
      'CONDITION',
      {
        options: { gateway: { title: { en: 'g', zh: 'g' } } },
        images: { a: { reference: 'a:1', roles: ['edge'], when: { option: 'gatewy' } } },
      },
      'did you mean "gateway"',
    ],
    ['CONDITION', { settings: { k3sDisable: ['traefic'] } }, 'did you mean "traefik"'],
    [
      'CONDITION',
      { settings: { k3sDisable: ['runtimes', '-x'] } },
      'no component "-x" (components are: coredns,',
    ],
    [
      'CONDITION',
      { options: { gateway: { title: { en: 'g', zh: 'g' }, requires: ['mesh'] } } },
      'there is no option "mesh"',
    ],
    [
      'ANSWER',
      {
        charts: { c: chart(['cloud'], { certificate: { secret: 's', key: 'k', covers: ['nowhere'] } }) },
      },
      'no setting "nowhere"',
    ],
    [
      'ANSWER',
      {
        charts: { c: chart(['cloud'], { values: { a: [{ $answer: 'pskk' }] } }) },
      },
      'did you mean "psk"',
    ],
    [
      'ANSWER',
      {
        charts: { c: chart(['cloud', 'edge'], { values: { a: { $setting: 'nodeIp' } } }) },
      },
      'the edge installation has no setting "nodeIp" for charts',
    ],
    [
      'REFERENCE',
      { imageLists: { l: { roles: ['edge'], url: 'https://f.example/l', licenses: { 'a/B C': 'MIT' } } } },
      'imageLists.l.licenses: "a/B C:any" is not an image reference',
    ],
    ['ROLE_UNNAMED', { archives: { cloud: 'x' }, files: { a: file({}) } }, 'for edge only'],
    ['ROLE_UNNAMED', { archives: {} }, 'nothing to build'],
    [
      'SOURCE',
      { files: { a: file({ url: 'https://f.example/a%zz' }) } },
      '"%zz" is not a percent-encoded byte',
    ],
    ['SOURCE', { files: { a: file({ url: 'https://f.example/50%' }) } }, 'write %25'],
    ['SOURCE', { files: { a: file({ url: 'ftp://f.example/a' }) } }, 'not an http(s) URL'],
    [
      'SOURCE',
      { files: { a: file({ url: 'https://raw.githubusercontent.com/o/r/main/a' }) } },
      'moving target',
    ],
    ['SOURCE', { files: { a: file({ url: { 'linux/amd64': 'https://f.example/a' } }) } }, 'linux/arm64'],
    ['SOURCE', { files: { a: file({ path: undefined }) } }, 'neither "path" nor "members"'],
    ['SOURCE', { files: { a: file({ members: { x: 'y' } }) } }, 'exclude each other'],
  ])('%s: %j', (code, changes, words) => {
    const findings = found(changes)
    expect(findings.length).toBeGreaterThan(0)
    expect(findings.some((finding) => finding.startsWith(`${code} `) && finding.includes(words))).toBe(true)
  })

  it('keeps the secret of a URL to itself', () => {
    const [finding] = found({ files: { a: file({ url: 'https://me:s3cret@f.example/a' }) } })
    expect(finding).toContain('credentials')
    expect(finding).not.toContain('s3cret')
  })

  it.each([
    ' https://f.example/a',
    'https://f.example/a\n',
    'https:/f.example/a',
    'https:f.example/a',
    'https:\\\\f.example\\a',
  ])('refuses %j, which only browsers take for a URL', (url) =>
    expect(found({ files: { a: file({ url }) } })).toContainEqual(
      expect.stringContaining('is not an http(s) URL'),
    ),
  )

  it('reports everything at once', () => {
    const findings = found({
      files: { a: file({ path: '../a' }), b: file({ path: 'manifest.json' }) },
      images: { a: { reference: 'a:latest', roles: ['edge'] } },
      settings: { k3sDisable: ['nothing'] },
    })
    expect(findings).toHaveLength(4)
  })
})

describe('compatibility', () => {
  it.each([
    [{ kubeedge: '1.22.0', k3s: '1.34.2+k3s1' }, ['UNTESTED']],
    [{ kubeedge: '1.22.0', k3s: '1.31.4+k3s1' }, []],
    [{ kubeedge: '1.22.0', k3s: '1.35.0+k3s1' }, ['INCOMPATIBLE', 'UNTESTED']],
    [{ kubeedge: '1.22.0', k3s: '1.30.4+k3s1' }, ['INCOMPATIBLE']],
    [{ kubeedge: '1.22.0', containerd: '2.1.5' }, []],
    [{ kubeedge: '1.22.0', containerd: '1.7.20' }, []],
    [{ kubeedge: '1.22.0', containerd: '1.7.13' }, ['INCOMPATIBLE']],
    [{ kubeedge: '1.22.0', containerd: '1.5.0' }, ['INCOMPATIBLE', 'INCOMPATIBLE']],
    [{ kubeedge: '1.6.0', edgemesh: '1.17.0' }, ['INCOMPATIBLE']],
    [{ helm: '3.19.0' }, ['UNTESTED']],
    [{ something: 'else' }, []],
  ])('%j: %j', (versions, codes) => {
    expect(checkCompatibility(versions).map(({ code }) => code)).toEqual(codes)
  })

  it.each([
    ['1.35.0+k3s1', '4 minor versions newer', '新 4 个次版本'],
    ['1.30.4+k3s1', '1 minor version older', '旧 1 个次版本'],
  ])('K3s %s is %s', (k3s, en, zh) => {
    const [{ text } = { text: { en: '', zh: '' } }] = checkCompatibility({ kubeedge: '1.22.0', k3s })
    expect(text.en).toContain(en)
    expect(text.zh).toContain(zh)
  })
})
