import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import zlib, { gzipSync } from 'node:zlib'
import { digestOf, verifying } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { memoryStore, type SampleEntry, tarWith } from './tar.sample.ts'
import { membersOfTar, type TarMembersOptions } from './tar-files.ts'

const release: SampleEntry[] = [
  { name: './', type: 'directory' },
  { name: './helm/', type: 'directory' },
  { name: './helm/LICENSE', content: 'licence', mode: 0o644 },
  { name: './helm/helm', content: 'program', mode: 0o755 },
  { name: './helm/deep/er', content: 'deeper', mode: 0o600 },
  { name: './link', type: 'symlink', linkname: '/etc/passwd' },
]

async function take(tar: Buffer, change: Partial<TarMembersOptions> = {}) {
  const store = memoryStore()
  const members = await membersOfTar({
    stream: Readable.from([tar], { objectMode: false }),
    what: 'helm.tar.gz',
    wanted: ['helm/helm'],
    put: store.put,
    ...change,
  })
  return members.map(({ digest, ...rest }) => ({ ...rest, text: store.textOf(digest) }))
}

describe('membersOfTar', () => {
  const helm = { path: 'helm/helm', size: 7, mode: 0o755, text: 'program' }

  it('takes named files of a plain and of a gzipped tar', async () => {
    const tar = await tarWith(release)
    expect(await take(tar)).toEqual([helm])
    expect(await take(gzipSync(tar))).toEqual([helm])
    const members = Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])
    expect(await take(members)).toEqual([helm])
  })

  it('does not depend on how the stream is cut', async () => {
    const tar = gzipSync(await tarWith(release))
    const bytes = Array.from(tar, (byte) => Buffer.from([byte]))
    expect(await take(tar, { stream: Readable.from(bytes) })).toEqual([helm])
  })

  it('takes all files below a folder, sorted', async () => {
    const tar = await tarWith(release)
    expect((await take(tar, { wanted: { folder: 'helm' } })).map((m) => m.path)).toEqual([
      'helm/LICENSE',
      'helm/deep/er',
      'helm/helm',
    ])
    const plain = await tarWith(release.filter((entry) => entry.type !== 'symlink'))
    expect((await take(plain, { wanted: { folder: '' } })).length).toBe(3)
  })

  it('names every file that is missing, and what there is', async () => {
    const promise = take(await tarWith(release), { wanted: ['helm/helm', 'helm/heml', 'nothing'] })
    await expect(promise).rejects.toMatchObject({
      code: 'TAR_MEMBER_MISSING',
      what: { en: 'helm.tar.gz has no file helm/heml, nothing' },
      because: { en: expect.stringContaining('helm/LICENSE') },
    })
    await expect(take(await tarWith(release), { wanted: { folder: 'x' } })).rejects.toMatchObject({
      code: 'TAR_MEMBER_MISSING',
    })
  })

  it.each(['./helm//helm', 'helm/./helm'])('takes a file that is wanted as %s', async (wanted) => {
    expect(await take(await tarWith(release), { wanted: [wanted] })).toEqual([helm])
  })

  it.each(['/helm/helm', '../helm', 'helm/../helm/helm'])(
    'has the release corrected that wants %s',
    async (wanted) => {
      await expect(take(await tarWith(release), { wanted: [wanted] })).rejects.toMatchObject({
        code: 'TAR_MEMBER_MISSING',
        fix: { en: 'correct the path in the release' },
      })
    },
  )

  it.each<[string, SampleEntry]>([
    ['a path with ..', { name: 'helm/../../x', content: 'x' }],
    ['.. alone', { name: '..', type: 'directory' }],
    ['an absolute path', { name: '/etc/passwd', content: 'x' }],
    ['a long path that leads out', { name: `${'d/'.repeat(200)}../x`, content: 'x' }],
    ['a symbolic link among the wanted', { name: 'helm/l', type: 'symlink', linkname: 'helm' }],
    ['a hard link among the wanted', { name: 'helm/h', type: 'link', linkname: '../x' }],
    ['a device among the wanted', { name: 'helm/d', type: 'character-device' }],
  ])('refuses %s', async (_name, bad) => {
    const tar = gzipSync(await tarWith([...release, bad]))
    await expect(take(tar, { wanted: { folder: 'helm' } })).rejects.toMatchObject({
      code: 'TAR_INVALID',
      message: expect.stringContaining('helm.tar.gz'),
    })
  })

  it.each(['helm/helm', './helm//helm'])(
    'gives the last of two files, as tar leaves it: %s',
    async (name) => {
      const tar = await tarWith([...release, { name, content: 'appended', mode: 0o755 }])
      expect(await take(tar)).toEqual([{ ...helm, size: 8, text: 'appended' }])
    },
  )

  it.each<[string, SampleEntry, string]>([
    ['a hard link', { name: 'helm/h', type: 'link', linkname: './helm/helm' }, 'helm/helm'],
    ['a symbolic link', { name: 'helm/l', type: 'symlink', linkname: '../LICENSE' }, 'LICENSE'],
  ])('says of %s among the wanted which file to name', async (_name, link, target) => {
    const promise = take(await tarWith([...release, link]), { wanted: [link.name] })
    await expect(promise).rejects.toMatchObject({
      what: { en: `helm.tar.gz: ${link.name} is a link` },
      fix: { en: expect.stringMatching(new RegExp(`: ${target}$`)), zh: expect.stringContaining(target) },
    })
  })

  it('stops a bomb long before it is unpacked', async () => {
    const bomb = gzipSync(await tarWith([{ name: 'helm/helm', content: Buffer.alloc(64 * 1024 * 1024) }]), {
      level: 9,
    })
    expect(bomb.length).toBeLessThan(100_000)
    const bySize = take(bomb, { limits: { fileSize: 1024 } })
    await expect(bySize).rejects.toMatchObject({ code: 'CONTENT_TOO_LARGE' })
    const byTotal = take(bomb, { wanted: ['x'], limits: { totalSize: 4 * 1024 * 1024 } })
    await expect(byTotal).rejects.toMatchObject({ code: 'CONTENT_TOO_LARGE' })
    const many = await tarWith(Array.from({ length: 50 }, (_, n) => ({ name: `f${n}`, content: '' })))
    await expect(take(many, { limits: { entries: 49 } })).rejects.toMatchObject({ code: 'CONTENT_TOO_LARGE' })
  })

  it('has the check that sits in the stream look at every byte, also behind the last member', async () => {
    const tar = gzipSync(await tarWith([...release, { name: 'behind', content: randomBytes(3_000_000) }]))
    const checked = (digest: string) => {
      const check = verifying({ digest: digestOf(digest), size: tar.length }, 'the download')
      return Readable.from([tar], { objectMode: false }).pipe(check)
    }
    const promise = take(tar, { stream: checked('other') })
    await expect(promise).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })

  it.each<[string, (tar: Buffer) => Buffer]>([
    ['a cut gzip', (tar) => gzipSync(tar).subarray(0, 200)],
    ['a cut tar', (tar) => tar.subarray(0, 1200)],
    ['a damaged gzip', (tar) => gzipSync(tar).fill(7, 40, 60)],
    ['noise', () => randomBytes(5000)],
  ])('refuses %s', async (_name, change) => {
    await expect(take(change(await tarWith(release)))).rejects.toMatchObject({ code: 'TAR_INVALID' })
  })

  it('says what to do about zstd where Node cannot read it, and reads it elsewhere', async () => {
    const tar = await tarWith(release)
    if ('zstdCompressSync' in zlib) {
      const compress = zlib.zstdCompressSync as (bytes: Buffer) => Buffer
      expect(await take(compress(tar))).toEqual([helm])
    } else {
      const zstd = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), tar])
      await expect(take(zstd)).rejects.toMatchObject({ code: 'MEDIA_TYPE_REFUSED' })
    }
  })

  it.each<[string, (tar: Buffer) => Buffer, RegExp]>([
    ['cut', (tar) => gzipSync(tar).subarray(0, 200), /compressed data is cut/],
    ['damaged', (tar) => gzipSync(tar).fill(7, 40, 60), /compressed data is damaged/],
  ])('tells in both languages that its compressed data is %s', async (_, change, words) => {
    await expect(take(change(await tarWith(release)))).rejects.toMatchObject({
      because: { en: expect.stringMatching(words), zh: expect.stringContaining('压缩数据') },
    })
  })

  it('survives any flipped byte: it gives what it should or an error for people', async () => {
    const tar = await tarWith(release)
    for (let at = 0; at < tar.length; at += 37) {
      const flipped = Buffer.from(tar)
      flipped.writeUInt8(255 - flipped.readUInt8(at), at)
      const result = await take(flipped).catch((error: unknown) => error)
      const code = (result as { code?: string }).code
      expect(Array.isArray(result) || ['TAR_INVALID', 'TAR_MEMBER_MISSING'].includes(code ?? '')).toBe(true)
    }
  })
})
