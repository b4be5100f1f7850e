import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readArchive } from './archive-reader.ts'
import { type ArchiveWriter, archiveWriter, packRecords } from './archive-writer.ts'
import { memberSize, packMember } from './gzip-member.ts'

let folder: string
let out: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-writer-'))
  out = path.join(folder, 'b.tar.gz')
})
afterEach(() => rm(folder, { recursive: true }))

const hashOf = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')
const put = (writer: ArchiveWriter, name: string, text: string, mode: '0644' | '0755' = '0644') =>
  writer.file({ path: name, mode, size: Buffer.byteLength(text), compress: true }, [Buffer.from(text)])

describe('the writer of an archive', () => {
  it('hashes what it writes: each content, the whole, and for a signature', async () => {
    const writer = await archiveWriter({ out, top: 'b', blake2b: true })
    expect(await put(writer, 'x', 'content')).toBe(hashOf('sha256', Buffer.from('content')))
    const large = Buffer.alloc(500_000, 'large ')
    const entry = { path: 'y', mode: '0644', size: large.length, compress: false } as const
    expect(await writer.file(entry, [large.subarray(0, 99), large.subarray(99)])).toBe(
      hashOf('sha256', large),
    )
    const { size, sha256, blake2b } = await writer.finish()
    const bytes = await readFile(out)
    expect({ size, sha256, blake2b }).toEqual({
      size: bytes.length,
      sha256: hashOf('sha256', bytes),
      blake2b: hashOf('blake2b512', bytes),
    })
  })

  it('gives every folder one entry, before the first file in it', async () => {
    const writer = await archiveWriter({ out, top: 'b' })
    for (const name of ['one/two/x', 'one/y', 'z']) await put(writer, name, name)
    expect(await writer.finish()).not.toHaveProperty('blake2b')
    const listed = execFileSync('tar', ['tzf', out], { encoding: 'utf8' }).trim().split('\n')
    expect(listed).toEqual(['b/', 'b/one/', 'b/one/two/', 'b/one/two/x', 'b/one/y', 'b/z'])
  })

  it('begins a member of its own after a seal, which tells what came before', async () => {
    const writer = await archiveWriter({ out, top: 'b' })
    await put(writer, 'x', 'x')
    const { size, sha256 } = await writer.seal()
    await put(writer, 'y', 'y', '0755')
    await writer.finish()
    const bytes = await readFile(out)
    expect(sha256).toBe(hashOf('sha256', bytes.subarray(0, size)))
    expect(gunzipSync(bytes.subarray(0, size)).toString()).not.toContain('b/y')
    expect(gunzipSync(bytes.subarray(size)).toString('latin1', 0, 3)).toBe('b/y')
  })

  it('deflates what is not content, and keeps what is packed or stored in members of its own', async () => {
    const writer = await archiveWriter({ out, top: 'b' })
    await put(writer, 'first', 'first')
    const packed = async function* (): AsyncGenerator<Uint8Array> {
      yield* await packMember(Buffer.from('packed'), true)
    }
    await writer.packed({ path: 'folder/alone', mode: '0755', size: 6 }, packed())
    const stored = { path: 'stored', mode: '0644', size: 6, compress: false } as const
    await writer.file(stored, [Buffer.from('stored')])
    await put(writer, 'last', 'last')
    await writer.finish()
    const members: (readonly [string | undefined, boolean])[] = []
    for (let rest = await readFile(out); rest.length > 0; ) {
      const size = memberSize(rest) ?? 0
      const content = gunzipSync(rest.subarray(0, size)).toString()
      const words = /first|packed|stored|last/.exec(content)?.[0]
      members.push([words, rest.length > 0 && content.length < size])
      rest = rest.subarray(size)
    }
    expect(members).toEqual([
      ['first', false],
      ['packed', true], // six bytes, more with header and trailer
      [undefined, false], // padding, which is deflated
      ['stored', true],
      ['last', false],
      [undefined, true], // the end
    ])
  })

  it('ends with what packRecords makes of the same records', async () => {
    const writer = await archiveWriter({ out, top: 'b' })
    await put(writer, 'x', 'x')
    const { size } = await writer.seal()
    for (const name of ['manifest.json', 'SHA256SUMS'])
      await writer.file({ path: name, mode: '0644', size: 3, compress: false }, [Buffer.from('{}\n')])
    await writer.finish()
    const records = new Map(['manifest.json', 'SHA256SUMS'].map((name) => [name, Buffer.from('{}\n')]))
    expect((await readFile(out)).subarray(size)).toEqual(await packRecords('b', records))
  })

  it.each([
    ['fewer', 4],
    ['more', 2],
  ])('refuses a content of %s bytes than were announced', async (_what, size) => {
    const writer = await archiveWriter({ out, top: 'b' })
    const entry = { path: 'x', mode: '0644', size, compress: true } as const
    await expect(writer.file(entry, [Buffer.from('abc')])).rejects.toThrow(
      `x: 3 bytes where ${size} were announced`,
    )
    await writer.abort()
    expect(await readdir(folder)).toEqual([])
  })

  it('puts the whole in its place at the end only, over what was there', async () => {
    await writeFile(out, 'the archive of yesterday')
    const writer = await archiveWriter({ out, top: 'b' })
    await put(writer, 'x', 'x')
    expect(await readFile(out, 'utf8')).toBe('the archive of yesterday')
    await writer.finish()
    expect((await readArchive(out, { keep: () => false })).files.map((file) => file.path)).toEqual(['b/x'])
    expect(await readdir(folder)).toEqual(['b.tar.gz'])
    expect((await stat(out)).mode & 0o111).toBe(0)
  })

  it('waits for no pipe in its place', async () => {
    execFileSync('mkfifo', [out])
    await expect(archiveWriter({ out, top: 'b' })).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  })
})

describe('an archive that is given up', () => {
  it('leaves nothing behind', async () => {
    const writer = await archiveWriter({ out, top: 'b' })
    await put(writer, 'x', 'x')
    await writer.abort()
    expect(await readdir(folder)).toEqual([])
  })

  it('leaves the one of before, when a content cannot be read', async () => {
    await writeFile(out, 'the archive of yesterday')
    const writer = await archiveWriter({ out, top: 'b', blake2b: true })
    const size = 300_000
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(200_000)
      throw new Error('the disk is gone')
    }
    const entry = { path: 'x', mode: '0644', size, compress: true } as const
    await expect(writer.file(entry, broken())).rejects.toThrow('the disk is gone')
    await writer.abort()
    expect(await readdir(folder)).toEqual(['b.tar.gz'])
    expect(await readFile(out, 'utf8')).toBe('the archive of yesterday')
  })

  it.each([2_000, 5_000_000])(
    'names the archive where the disk takes no more, of %i bytes',
    async (bytes) => {
      const runner = path.resolve(import.meta.dirname, '../../../scripts/run.mjs')
      const child = path.join(import.meta.dirname, 'archive-writer.child.ts')
      const said = execFileSync(process.execPath, [runner, child, out, String(bytes)], { encoding: 'utf8' })
      expect(said).toBe(`EFBIG ${out}`)
      expect(await readdir(folder)).toEqual([])
    },
  )

  it('stays where it has been finished', async () => {
    const writer = await archiveWriter({ out, top: 'b' })
    await writer.finish()
    await writer.abort()
    expect(await readdir(folder)).toEqual(['b.tar.gz'])
  })
})
