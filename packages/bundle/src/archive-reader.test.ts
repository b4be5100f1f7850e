import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArchive } from './archive-reader.ts'
import { archiveWriter } from './archive-writer.ts'
import { MEMBER_BYTES } from './gzip-member.ts'

const LARGE = randomBytes(MEMBER_BYTES + 5)
const hashOf = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

let folder: string
let sound: Buffer
let sealed: { size: number; sha256: string }
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-reader-'))
  const out = path.join(folder, 'sound.tar.gz')
  const writer = await archiveWriter({ out, top: 'a' })
  const write = (name: string, content: Buffer, compress: boolean) =>
    writer.file({ path: name, mode: '0644', size: content.length, compress }, [content])
  await write('text', Buffer.from('text'), true)
  await write('large', LARGE, false)
  sealed = await writer.seal()
  await write('record', Buffer.from('record'), false)
  await writer.finish()
  sound = await readFile(out)
})
afterAll(() => rm(folder, { recursive: true }))

/** Writes an archive's bytes to a file; returns its place. */
async function lay(bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, 'x.tar.gz')
  await writeFile(file, bytes)
  return file
}
const nothing = { keep: () => false }

describe('readArchive', () => {
  it('finds files, hashes and the content that is asked for', async () => {
    const { files, sha256, blake2b, suspect, tail } = await readArchive(await lay(sound), {
      keep: (name) => name === 'a/record',
    })
    expect(files.map(({ path: name, size, sha256: hex, content }) => [name, size, hex, content])).toEqual([
      ['a/text', 4, hashOf('sha256', Buffer.from('text')), undefined],
      ['a/large', LARGE.length, hashOf('sha256', LARGE), undefined],
      ['a/record', 6, hashOf('sha256', Buffer.from('record')), Buffer.from('record')],
    ])
    expect({ sha256, blake2b, suspect, tail }).toEqual({
      sha256: hashOf('sha256', sound),
      blake2b: undefined,
      suspect: undefined,
      tail: undefined,
    })
  })

  it('hashes for a signature only where it is asked to', async () => {
    const { blake2b } = await readArchive(await lay(sound), { ...nothing, blake2b: true })
    expect(blake2b).toBe(hashOf('blake2b512', sound))
  })

  it('hands over what begins with the member of a file, and what was before it', async () => {
    const tailFrom = (name: string): boolean => name === 'a/record'
    const { tail } = await readArchive(await lay(sound), { ...nothing, tailFrom })
    expect(tail).toEqual({ before: sealed, bytes: sound.subarray(sealed.size) })
  })

  it('tells how far it is, up to the end', async () => {
    const told: [number, number][] = []
    await readArchive(await lay(sound), { ...nothing, onProgress: (done, total) => told.push([done, total]) })
    expect(told.at(-1)).toEqual([sound.length, sound.length])
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b))
    expect(new Set(told.map(([, total]) => total))).toEqual(new Set([sound.length]))
  })
})

describe('an archive that is not as it was written', () => {
  it.each<[string, () => Buffer, RegExp]>([
    ['is cut in its last member', () => sound.subarray(0, -1), /: damaged at a\/large$/],
    ['is cut between two members', () => sound.subarray(0, sealed.size), /: damaged at a\/large$/],
    ['is cut in a header', () => sound.subarray(0, sealed.size + 10), /: damaged at a\/large$/],
    ['has a byte more', () => Buffer.concat([sound, Buffer.from('x')]), /: damaged at a\/record$/],
    [
      'begins with another byte',
      () => Buffer.concat([Buffer.from('x'), sound]),
      /: damaged at .*x\.tar\.gz$/,
    ],
    ['is gzip of another program', () => gzipSync('anything'), /: damaged at .*x\.tar\.gz$/],
    ['is empty', () => Buffer.alloc(0), /: damaged at .*x\.tar\.gz$/],
  ])('is refused with the place: %s', async (_what, damage, words) => {
    await expect(readArchive(await lay(damage()), nothing)).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      what: { en: expect.stringMatching(words) },
    })
  })

  it('has another hash for the one content that was changed, and names the place of the checksum', async () => {
    const bytes = Buffer.from(sound)
    const at = bytes.indexOf(LARGE.subarray(0, 64))
    bytes[at] = (bytes[at] ?? 0) ^ 1
    const { files, suspect } = await readArchive(await lay(bytes), { ...nothing, checksums: true })
    expect(files.map((file) => file.sha256 === hashOf('sha256', LARGE))).toEqual([false, false, false])
    expect(files[0]?.sha256).toBe(hashOf('sha256', Buffer.from('text')))
    expect(suspect).toBe('a/large')
  })
})
