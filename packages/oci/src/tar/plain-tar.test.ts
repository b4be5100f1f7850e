import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { memoryStore, rawEntry, rawPax } from './tar.sample.ts'
import { membersOfTar } from './tar-files.ts'

const END = Buffer.alloc(1024)
const F = rawEntry({ name: 'f', content: 'first' })
const G = rawEntry({ name: 'g', content: 'second' })
const NOISE = Buffer.from(Array.from({ length: 1024 }, (_, at) => (at * 7919) % 251))
const inBase256 = (first: number): Buffer => Buffer.from([first, ...Array.from({ length: 10 }, () => 0), 5])

async function take(parts: readonly Buffer[]): Promise<Record<string, string>> {
  const store = memoryStore()
  const stream = Readable.from([Buffer.concat(parts)], { objectMode: false })
  const members = await membersOfTar({ stream, what: 'x.tar', wanted: ['f', 'g'], put: store.put })
  return Object.fromEntries(members.map(({ path, digest }) => [path, store.textOf(digest)]))
}

describe('a tar that Go and GNU tar read', () => {
  const sparse = [
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 'f'],
    ['GNU.sparse.realsize', '5'],
  ] as const
  const mapped = Buffer.concat([Buffer.from('1\n0\n5\n'), Buffer.alloc(506), Buffer.from('first')])
  it.each<[string, Buffer[]]>([
    [
      'with the size in an extended header only',
      [rawPax(['size', '5']), rawEntry({ size: 0, content: 'first' }), G],
    ],
    [
      'with another size in an extended header',
      [rawPax(['size', '5']), rawEntry({ size: 4000, content: 'first' }), G],
    ],
    [
      'with a sparse file whose size is there',
      [rawPax(['size', '517'], ...sparse), rawEntry({ size: 0, content: mapped }), G],
    ],
    ['with an extended header without records', [rawPax(), F, G]],
    ['with a long name without bytes', [rawEntry({ name: 'L', type: 'L' }), F, G]],
    [
      'with a name in a header of its own',
      [rawEntry({ name: 'L', type: 'L', content: 'f\0' }), rawEntry({ name: 'x', content: 'first' }), G],
    ],
    [
      'with a global header',
      [
        rawEntry({ name: 'g', type: 'g', content: '52 comment=0123456789abcdef0123456789abcdef01234567\n' }),
        F,
        G,
      ],
    ],
    ['with a size in base 256', [rawEntry({ size: inBase256(0x80), content: 'first' }), G]],
    ['with blanks before a size', [rawEntry({ size: '          5 ', content: 'first' }), G]],
    ['with a checksum over signed bytes', [rawEntry({ name: '名', content: 'x', signed: true }), F, G]],
    [
      'with a symbolic link that has a size',
      [F, rawEntry({ name: 'l', type: '2', linkname: 'f', size: 1 }), G],
    ],
    [
      'with a hard link that has the size of its file',
      [F, rawEntry({ name: 'l', type: '1', linkname: 'f', size: 5 }), G],
    ],
    ['with a pipe that has a size', [rawEntry({ name: 'p', type: '6', size: 512 }), F, G]],
    [
      'with a folder of before POSIX that has a size',
      [rawEntry({ name: 'd/', type: '\0', size: 512 }), F, G],
    ],
    ['with entries behind its end', [F, G, END, rawEntry({ content: 'other' })]],
    ['with noise behind its end', [F, G, END, NOISE]],
    ['with a part of a block behind its end', [F, G, END, NOISE.subarray(0, 7)]],
  ])('%s', async (_, parts) => {
    expect(await take([...parts, END])).toEqual({ f: 'first', g: 'second' })
  })

  it('without its end, or with half of it', async () => {
    expect(await take([F, G])).toEqual({ f: 'first', g: 'second' })
    expect(await take([F, G, END.subarray(0, 700)])).toEqual({ f: 'first', g: 'second' })
  })

  it('whose content looks like headers, with the size in an extended header only', async () => {
    const inner = Buffer.concat([rawEntry({ name: 'x', type: 'S' }), rawPax(['path', 'g'])])
    const parts = [rawPax(['size', String(inner.length)]), rawEntry({ size: 0, content: inner }), G, END]
    expect(await take(parts)).toEqual({ f: inner.toString(), g: 'second' })
  })
})

describe('a tar that neither reads is refused at once', () => {
  const bad = (header: Parameters<typeof rawEntry>[0]) => [rawEntry({ content: 'first', ...header }), G, END]
  const pax = (content: string) => [rawEntry({ name: 'p', type: 'x', content }), F, G, END]
  it.each<[string, Buffer[], RegExp]>([
    ['a size beyond any file', bad({ size: inBase256(0x81) }), /size is not a number/],
    ['a negative size', bad({ size: inBase256(0xc0) }), /size is not a number/],
    ['a size of -1', bad({ size: Buffer.alloc(12, 255) }), /size is not a number/],
    ['a size of letters', bad({ size: 'hello world!' }), /size is not a number/],
    ['a size of a digit 8', bad({ size: '00000000008\0' }), /size is not a number/],
    [
      'a wrong checksum of a sparse file',
      [Buffer.from(rawEntry({ type: 'S' })).fill('x', 0, 1), END],
      /checksum/,
    ],
    ['a negative size in an extended header', [rawPax(['size', '-5']), F, G], /malformed/],
    ['a size of 1e3 in an extended header', [rawPax(['size', '1e3']), F, G], /malformed/],
    ['a record of length 0', pax('0 a=b\n'), /malformed/],
    ['a record of a negative length', pax('-5 a=b\n'), /malformed/],
    ['a record that is longer than its header', pax('999 path=f\n'), /malformed/],
    ['a record without its line end', pax('11 path=ffX'), /malformed/],
    ['a record without a value', pax('8 abcde\n'), /malformed/],
    ['a sparse file of -1 bytes', bad({ type: 'S', fields: [[483, 'zzz']] }), /map of a sparse file/],
    ['an extended header of 5 MB', [rawEntry({ type: 'x', size: 5_000_000 }), F, G], /too large/],
    [
      'extended headers without end',
      [...Array.from({ length: 65 }, () => rawPax(['a', 'b'])), F, G],
      /in a row/,
    ],
    ['an entry that is cut', [F, rawEntry({ name: 'g', size: 5000, content: 'second' })], /in the middle/],
  ])('%s', async (_, parts, because) => {
    await expect(take(parts)).rejects.toMatchObject({
      code: 'TAR_INVALID',
      because: { en: expect.stringMatching(because), zh: expect.stringMatching(/[一-鿿]/) },
    })
  })

  it('a map of holes that takes long to read', async () => {
    const map = Buffer.from(`90000\n${'1\n'.repeat(200_000)}`)
    const sparse = rawPax(['GNU.sparse.major', '1'], ['GNU.sparse.name', 'f'], ['GNU.sparse.realsize', '5'])
    await expect(take([sparse, rawEntry({ content: map }), G, END])).rejects.toMatchObject({
      code: 'TAR_INVALID',
    })
  })
})
