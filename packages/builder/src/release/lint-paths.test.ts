// biome-ignore-all lint/suspicious/noTemplateCurlyInString: releases have templates of their own
import { describe, expect, it } from 'vitest'
import { expandFor } from './expand.ts'
import { checkPaths } from './lint-paths.ts'
import { Release } from './schema.ts'

const file = (path: string, roles = ['cloud']): object => ({ roles, url: 'https://f.example/a', path })

function found(changes: object): string[] {
  const release = Release.parse({
    format: 'edgelift/release/v1',
    name: 'x',
    version: '1',
    versions: {},
    archives: { cloud: 'x-cloud', edge: 'x-edge' },
    ...changes,
  })
  return checkPaths([expandFor(release, 'linux/amd64')]).map(
    ({ code, where, text }) => `${code} ${where}: ${text.en}`,
  )
}

describe('a path in an archive', () => {
  it.each(['a', 'bin/helm', 'docs/site.md', 'images-of-mine/a', 'k3s-amd64', '中文/a', 'runtime/node'])(
    'may be %s',
    (path) => {
      expect(found({ files: { a: file(path) } })).toEqual([])
    },
  )

  it.each([
    ['../a', 'PATH_UNSAFE'],
    ['/etc/passwd', 'PATH_UNSAFE'],
    ['a//b', 'PATH_UNSAFE'],
    ['a\u202eb', 'PATH_UNSAFE'],
    [' a', 'PATH_UNSAFE'],
    ['a'.repeat(256), 'PATH_UNSAFE'],
    ['manifest.json', 'PATH_RESERVED'],
    ['MANIFEST.json', 'PATH_RESERVED'],
    ['install.sh', 'PATH_RESERVED'],
    ['edgelift', 'PATH_RESERVED'],
    ['images', 'PATH_RESERVED'],
    ['images/mine.tar', 'PATH_RESERVED'],
    ['Images/mine.tar', 'PATH_RESERVED'],
    ['docs/en/mine.md', 'PATH_RESERVED'],
    ['docs', 'PATH_RESERVED'],
    ['licenses/mine.txt', 'PATH_RESERVED'],
    ['delta.json', 'PATH_RESERVED'],
    ['manifest.json.', 'PATH_RESERVED'],
    ['in\u017ftall.sh', 'PATH_RESERVED'],
    ['images. /mine.tar', 'PATH_RESERVED'],
    ['edgemesh-psk.txt', 'PATH_RESERVED'],
    ['Edge-Join.yaml', 'PATH_RESERVED'],
  ])('is not %s: %s', (path, code) => {
    expect(found({ files: { a: file(path) } })).toEqual([
      expect.stringMatching(new RegExp(`^${code} files\\.a: "`)),
    ])
  })

  it.each<[string, object, string[]]>([
    [
      'the same twice',
      { b: file('x'), a: file('x') },
      ['PATH_TWICE files.b: "x" of the cloud archive is also the place of files.a'],
    ],
    [
      'the same but for case',
      { a: file('X'), b: file('x') },
      ['PATH_TWICE files.b: "x" of the cloud archive is also the place of files.a'],
    ],
    [
      'the same but for the form of Unicode',
      { a: file('\u00e9'), b: file('e\u0301') },
      [expect.stringMatching(/^PATH_TWICE files\.b/)],
    ],
    ...[
      ['stra\u00dfe', 'STRASSE'],
      ['\u03c3', '\u03c2'],
      ['bin/k3s', 'bin/k3s.'],
      ['bin/k3s', 'bin. /k3s'],
    ].map(([a = '', b = '']): [string, object, string[]] => [
      `the same to a medium that folds or cuts names: ${a}, ${b}`,
      { a: file(a), b: file(b) },
      [expect.stringMatching(/^PATH_TWICE files\.b/)],
    ]),
    [
      'a file where a folder is needed',
      { a: file('x'), b: file('x/y') },
      ['PATH_TWICE files.b: "x" of the cloud archive is also the place of files.a'],
    ],
    [
      'a file of edgelift where a folder is needed',
      { a: file('install.yaml/y') },
      ['PATH_TWICE files.a: "install.yaml" of the cloud archive is also the place of edgelift'],
    ],
    ['none in archives of different roles', { a: file('x'), b: file('x', ['edge']) }, []],
  ])('meets another one: %s', (_what, files, expected) => {
    expect(found({ files })).toEqual(expected)
  })

  it('meets those of charts and of files of images too', () => {
    const charts = { c: { ...file('x'), release: 'c', namespace: 'n' } }
    const imageFiles = { i: { reference: 'a:1', roles: ['cloud'], files: { 'linux/amd64': { '/a': 'x' } } } }
    expect(found({ files: { a: file('x') }, charts, imageFiles }).map((line) => line.split(':')[0])).toEqual([
      'PATH_TWICE imageFiles.i',
      'PATH_TWICE charts.c',
    ])
  })
})

describe('images', () => {
  const image = (reference: string, roles = ['cloud']): object => ({ reference, roles })

  it('stand once in an archive, under one name', () => {
    expect(found({ images: { a: image('app:1'), b: image('docker.io/library/app:1') } })).toEqual([
      'IMAGE_TWICE images.b: docker.io/library/app:1 is also images.a: keep one',
    ])
  })

  it('have each a file of its own', () => {
    expect(found({ images: { a: image('r.example/x/y:1'), b: image('r.example/x-y:1') } })).toEqual([
      'IMAGE_TWICE images.b: r.example/x-y:1 is also images.a, whose file r.example-x-y-1.tar it would replace: keep one',
    ])
  })

  it('have one for all cases of the same host', () => {
    expect(found({ images: { a: image('R.example/x:1'), b: image('r.example/x:1') } })).toEqual([
      'IMAGE_TWICE images.b: r.example/x:1 is also images.a, whose file r.example-x-1.tar it would replace: keep one',
    ])
  })

  it('have no longer names than a file system takes', () => {
    const ofLength = (bytes: number) => `r.example/${'x'.repeat(bytes - 'r.example--1.tar'.length)}:1`
    expect(found({ images: { a: image(ofLength(255)) } })).toEqual([])
    expect(found({ images: { a: image(ofLength(256)) } })).toEqual([
      expect.stringMatching(
        /^PATH_UNSAFE images\.a: the file name of r\.example\/x+:1 would have more than 255 bytes/,
      ),
    ])
  })

  it('may be in both archives', () => {
    expect(found({ images: { a: image('app:1'), b: image('app:1', ['edge']) } })).toEqual([])
  })
})

describe('the names of archives', () => {
  it.each(['a b', '.a', 'a/b', '中文', 'a'.repeat(221), '${gone}'])('are not %s', (cloud) => {
    expect(found({ archives: { cloud } })).toEqual([expect.stringMatching(/^PATH_UNSAFE archives\.cloud: /)])
  })

  it('are not the same', () => {
    expect(found({ archives: { cloud: 'x', edge: 'x' } })).toEqual([
      'PATH_TWICE archives: two roles have the same archive name',
    ])
  })
})

it('says paths in Chinese too', () => {
  const release = Release.parse({
    format: 'edgelift/release/v1',
    name: 'x',
    version: '1',
    versions: {},
    archives: { cloud: 'x y', edge: 'x-edge' },
    files: { a: file('../a'), b: file('install.sh'), c: file('x'), d: file('x') },
  })
  expect(checkPaths([expandFor(release, 'linux/amd64')]).map(({ text }) => text.zh)).toEqual([
    expect.stringMatching(/^"x y" 不能作为文件名/),
    expect.stringMatching(/^"\.\.\/a" 越出离线包/),
    expect.stringMatching(/^"install\.sh" 由 edgelift 自己写入/),
    'cloud 离线包中的 "x" 也是 files.c 的位置',
  ])
})

describe('names of archives of several platforms', () => {
  const both = (archives: object): string[] => {
    const release = Release.parse({
      ...{ format: 'edgelift/release/v1', name: 'x', version: '1', versions: {} },
      archives,
    })
    return checkPaths(release.platforms.map((platform) => expandFor(release, platform))).map(
      ({ code, where, text }) => `${code} ${where}: ${text.en}`,
    )
  }

  it.each<[string, object, RegExp[]]>([
    [
      'of two platforms are not the same',
      { cloud: 'x', edge: 'y-${arch}' },
      [/^PATH_TWICE archives\.cloud: .*"x": put \$\{arch\} into/],
    ],
    [
      'of two roles do not differ in case alone',
      { cloud: 'x-${arch}', edge: 'X-${arch}' },
      [/^PATH_TWICE archives: two roles/, /^PATH_TWICE archives: two roles/],
    ],
    ['are one for each', { cloud: 'x-${arch}', edge: 'y-${arch}' }, []],
  ])('%s', (_what, archives, expected) => {
    expect(both(archives)).toEqual(expected.map((text) => expect.stringMatching(text)))
  })
})
