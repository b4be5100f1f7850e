import type { EdgeliftError } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { audit, hexOfIntegrity, type Seen, unsafePlace } from './audit.ts'
import { sampleManifest } from './manifest.sample.ts'
import type { BundleFile } from './manifest.ts'

const [HEX, OTHER] = ['a'.repeat(64), 'b'.repeat(64)]
const listed = (path: string, change: Partial<BundleFile> = {}): BundleFile => ({
  path,
  size: 3,
  mode: '0644',
  integrity: `sha256-${Buffer.from(HEX, 'hex').toString('base64')}`,
  origin: { kind: 'edgelift', version: '0' },
  neededBy: [],
  ...change,
})
const found = (change: Partial<Seen> = {}): Seen => ({ size: 3, mode: '0644', sha256: HEX, ...change })

interface Case {
  readonly files?: readonly BundleFile[]
  readonly sums?: Readonly<Record<string, string | undefined>>
  readonly seen?: Readonly<Record<string, Seen | undefined>>
  readonly changeable?: readonly string[]
  readonly existingAllowed?: readonly string[]
}

/** An archive of one file, `a`, that is as it was packed, but for what is given. */
function problemsOf(input: Case = {}): readonly EdgeliftError[] {
  const given = <T>(values: Readonly<Record<string, T | undefined>>): Map<string, T> =>
    new Map(Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
  return audit({
    manifest: { ...sampleManifest, files: [...(input.files ?? [listed('a')])] },
    sums: given({ a: HEX, 'manifest.json': HEX, ...input.sums }),
    seen: given({
      a: found(),
      'manifest.json': found(),
      SHA256SUMS: found({ sha256: OTHER }),
      ...input.seen,
    }),
    changeable: new Set(input.changeable ?? []),
    existingAllowed: new Set(input.existingAllowed ?? []),
  })
}
const words = (problems: readonly EdgeliftError[]): string[] =>
  problems.map(({ code, what, because }) => `${code}: ${what.en} | ${because?.en}`)

it('finds nothing where everything is as it was packed', () => {
  expect(problemsOf()).toEqual([])
})

describe('audit', () => {
  it.each<[string, Case, string]>([
    [
      'a file is gone',
      { seen: { a: undefined } },
      'FILE_MISSING: a: missing | it was packed, and is not there',
    ],
    [
      'a file is longer',
      { seen: { a: found({ size: 4, sha256: undefined }) } },
      'FILE_DAMAGED: a: not the file that was packed | expected 3 bytes, got 4',
    ],
    [
      'a file has another content',
      { seen: { a: found({ sha256: OTHER }) } },
      `FILE_DAMAGED: a: not the file that was packed | expected sha256 ${HEX}, got ${OTHER}`,
    ],
    [
      'a file was not read',
      { seen: { a: found({ sha256: undefined }) } },
      `FILE_DAMAGED: a: not the file that was packed | expected sha256 ${HEX}, got none`,
    ],
    [
      'a file can be run',
      { seen: { a: found({ mode: '0755' }) } },
      'FILE_DAMAGED: a: not the file that was packed | expected mode 0644, got 0755',
    ],
    [
      'a program cannot be run',
      { files: [listed('a', { mode: '0755' })] },
      'FILE_DAMAGED: a: not the file that was packed | expected mode 0755, got 0644',
    ],
    [
      'others can change a file',
      { seen: { a: found({ unsafe: { en: 'its mode is 0666', zh: '权限为 0666' } }) } },
      'FILE_DAMAGED: a: not as unpacking leaves it | its mode is 0666',
    ],
    [
      'a file is in the manifest only',
      { sums: { a: undefined } },
      'FILE_DAMAGED: a: not in SHA256SUMS | one of the two lists was changed',
    ],
    [
      'a file is in SHA256SUMS only',
      { files: [] },
      'FILE_DAMAGED: a: not in manifest.json | one of the two lists was changed',
    ],
    [
      'a file is in neither list',
      { seen: { 'bin/x': found() } },
      'FILE_FOREIGN: bin/x: not a part of this archive | somebody put it there after the archive was made',
    ],
    [
      'the sums were changed, the file was not',
      { sums: { a: OTHER } },
      'FILE_DAMAGED: SHA256SUMS: damaged | manifest.json and SHA256SUMS say different things of a',
    ],
    [
      'the manifest was changed, the file was not',
      { sums: { a: OTHER }, seen: { a: found({ sha256: OTHER }) } },
      'FILE_DAMAGED: manifest.json: damaged | manifest.json and SHA256SUMS say different things of a',
    ],
    [
      'the manifest is another one',
      { seen: { 'manifest.json': found({ sha256: OTHER }) } },
      `FILE_DAMAGED: manifest.json: not the file that was packed | expected sha256 ${HEX}, got ${OTHER}`,
    ],
    [
      'the sums do not list the manifest',
      { sums: { 'manifest.json': undefined } },
      'FILE_DAMAGED: manifest.json: not in SHA256SUMS | one of the two lists was changed',
    ],
    [
      'the manifest can be run',
      { seen: { 'manifest.json': found({ mode: '0755' }) } },
      'FILE_DAMAGED: manifest.json: not the file that was packed | expected mode 0644, got 0755',
    ],
    [
      'SHA256SUMS is gone',
      { seen: { SHA256SUMS: undefined } },
      'FILE_MISSING: SHA256SUMS: missing | it was packed, and is not there',
    ],
    [
      'SHA256SUMS can be run',
      { seen: { SHA256SUMS: found({ mode: '0755' }) } },
      'FILE_DAMAGED: SHA256SUMS: not the file that was packed | expected mode 0644, got 0755',
    ],
    [
      'the signature can be changed by others',
      { seen: { 'SHA256SUMS.minisig': found({ unsafe: { en: 'so', zh: '如此' } }) } },
      'FILE_DAMAGED: SHA256SUMS.minisig: not as unpacking leaves it | so',
    ],
    [
      'the signature can be run',
      { seen: { 'SHA256SUMS.minisig': found({ mode: '0755' }) } },
      'FILE_DAMAGED: SHA256SUMS.minisig: not the file that was packed | expected mode 0644, got 0755',
    ],
    [
      'settings are gone that may be changed',
      { seen: { a: undefined }, changeable: ['a'] },
      'FILE_MISSING: a: missing | it was packed, and is not there',
    ],
    [
      'settings can be changed by others',
      { seen: { a: found({ unsafe: { en: 'so', zh: '如此' } }) }, changeable: ['a'] },
      'FILE_DAMAGED: a: not as unpacking leaves it | so',
    ],
  ])('tells that %s', (_what, input, expected) => {
    const problems = problemsOf(input)
    expect(words(problems)).toEqual([expected])
    expect(problems[0]).toMatchObject({ exit: 4, fix: { en: expect.any(String), zh: expect.any(String) } })
  })

  it.each<[string, Case]>([
    ['an edit of what may be changed', { seen: { a: found({ size: 9, sha256: OTHER }) }, changeable: ['a'] }],
    ['a file that is allowed besides', { seen: { psk: found() }, existingAllowed: ['psk'] }],
    ['a signature', { seen: { 'SHA256SUMS.minisig': found() } }],
  ])('accepts %s', (_what, input) => {
    expect(problemsOf(input)).toEqual([])
  })

  it('tells everything, sorted by path, whatever the order of the lists', () => {
    const files = ['z', 'a', 'm'].map((name) => listed(name))
    const sums = { z: HEX, m: HEX }
    const seen = { a: undefined, b: found(), z: found({ size: 9 }) }
    expect(problemsOf({ files, sums, seen }).map(({ message }) => message)).toEqual([
      'FILE_MISSING: a: missing',
      'FILE_FOREIGN: b: not a part of this archive',
      'FILE_MISSING: m: missing',
      'FILE_DAMAGED: z: not the file that was packed',
    ])
  })

  it('shows a foreign name without what would act on a terminal, in both languages', () => {
    const [problem] = problemsOf({ seen: { 'x\u001b[2J\ny': found() } })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    for (const text of [problem?.what.en, problem?.what.zh]) expect(text).not.toMatch(/[\u0000-\u001f]/)
  })
})

it.each<[string, Case, string]>([
  ['a size', { seen: { a: found({ size: 4 }) } }, '期望 3 字节，实际 4 字节'],
  ['a mode', { seen: { a: found({ mode: '0755' }) } }, '期望权限为 0644，实际为 0755'],
  [
    'a content that was not read',
    { seen: { a: found({ sha256: undefined }) } },
    `期望 sha256 ${HEX}，实际未读取`,
  ],
])('says %s in Chinese too', (_what, input, zh) => {
  expect(problemsOf(input)[0]).toMatchObject({
    what: { zh: 'a：与打包时不一致' },
    because: { zh },
    fix: { en: 'copy and unpack the archive again', zh: '请重新复制离线包并重新解压' },
  })
})

it('reads the hash out of a Subresource Integrity value', () => {
  expect(hexOfIntegrity(`sha256-${Buffer.from(OTHER, 'hex').toString('base64')}`)).toBe(OTHER)
})

it('names a place without what would act on a terminal', () => {
  expect(unsafePlace('a\u202eb', { en: 'so', zh: '如此' }).what.en).not.toContain('\u202e')
})
