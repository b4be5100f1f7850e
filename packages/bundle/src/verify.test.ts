import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { archiveWriter } from './archive-writer.ts'
import type { BundleManifest } from './manifest.ts'
import { formatPublicKey, newKey, parsePublicKey, signHash, signingHash } from './minisign.ts'
import { formatSums } from './sums.ts'
import { verifyArchive, verifyDirectory } from './verify.ts'

const TOP = 'kubeedge-edge-1.22.0-amd64'
const key = newKey(Buffer.alloc(32, 7), Buffer.alloc(8, 1))
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-bundle-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function content(): Map<string, Buffer> {
  const noise = Buffer.from(
    Array.from({ length: 200 }, (_, i) => createHash('sha512').update(`${i}`).digest('hex')).join(''),
  )
  return new Map([
    ['README.txt', Buffer.from('read me')],
    ['empty', Buffer.alloc(0)],
    ['images/a.tar', noise],
    ['install.yaml', Buffer.from('# answers')],
  ])
}

async function pack(name = 'x.tar.gz'): Promise<string> {
  const out = path.join(folder, name)
  const files = content()
  const manifest: BundleManifest = {
    format: 'edgelift/bundle/v1',
    name: TOP,
    role: 'edge',
    platform: 'linux/amd64',
    release: { name: 'kubeedge', version: '1.22.0' },
    lock: `sha256:${'0'.repeat(64)}`,
    edgelift: '0.1.0',
    versions: {},
    files: [...files].map(([file, bytes]) => ({
      path: file,
      size: bytes.length,
      mode: '0644',
      integrity: `sha256-${createHash('sha256').update(bytes).digest('base64')}`,
      origin: { kind: 'edgelift', version: '0.1.0' },
      neededBy: [],
    })),
    images: [],
    charts: [],
    options: [],
    settings: { sandboxImage: 'x', testImage: 'x', k3sDisable: [] },
    placeholders: [],
  }
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)))
  const sums = new Map(
    [...files].map(([file, bytes]) => [file, createHash('sha256').update(bytes).digest('hex')]),
  )
  const sumsBytes = Buffer.from(formatSums(sums))
  files.set('SHA256SUMS', sumsBytes)
  files.set(
    'SHA256SUMS.minisig',
    Buffer.from(signHash(signingHash().update(sumsBytes).digest(), key, 'SHA256SUMS')),
  )
  const writer = await archiveWriter({ out, top: TOP })
  for (const [file, bytes] of files) {
    await writer.file({ path: file, mode: '0644', size: bytes.length, compress: !file.endsWith('.tar') }, [
      bytes,
    ])
  }
  await writer.finish()
  return out
}

async function unpack(): Promise<string> {
  execFileSync('tar', ['xzf', await pack(), '-C', folder])
  return path.join(folder, TOP)
}

async function problemsOf(verdict: Promise<{ problems: readonly EdgeliftError[] }>): Promise<string[]> {
  try {
    return (await verdict).problems.map((problem) => problem.message)
  } catch (error) {
    if (error instanceof EdgeliftError && error.exit === 4) return [error.message]
    throw error
  }
}

it('finds nothing wrong in an archive as it was written, nor in the directory that tar makes of it', async () => {
  const file = await pack()
  const verdict = await verifyArchive(file, { publicKey: parsePublicKey(formatPublicKey(key), 'x.pub') })
  expect(verdict).toMatchObject({ problems: [], signature: 'valid', files: 7 })
  expect((await verifyDirectory(await unpack())).problems).toEqual([])
})

it('writes the same bytes again', async () => {
  expect((await readFile(await pack('a.tar.gz'))).equals(await readFile(await pack('b.tar.gz')))).toBe(true)
})

it('is read by busybox tar too', async () => {
  const listing = execFileSync('busybox', ['tar', 'tzf', await pack()], { encoding: 'utf8' })
  expect(listing).toContain(`${TOP}/images/a.tar\n`)
})

it('sees a flipped bit at any byte of the archive', async () => {
  const file = await pack()
  const bytes = await readFile(file)
  const unseen: number[] = []
  for (let at = 0; at < bytes.length; at += at < 400 || at > bytes.length - 400 ? 1 : 89) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
    await writeFile(path.join(folder, 'damaged.tar.gz'), damaged)
    if ((await problemsOf(verifyArchive(path.join(folder, 'damaged.tar.gz')))).length === 0) unseen.push(at)
  }
  expect(unseen).toEqual([])
})

it('names the file in which a byte was flipped', async () => {
  const file = await pack()
  const bytes = await readFile(file)
  bytes[bytes.indexOf(content().get('images/a.tar')?.subarray(0, 64) ?? '') + 20_000] = 0
  await writeFile(file, bytes)
  const [problem] = await problemsOf(verifyArchive(file))
  expect(problem).toContain('images/a.tar')
})

it('refuses an archive that is cut off, and one that has more behind it', async () => {
  const bytes = await readFile(await pack())
  const other = path.join(folder, 'other.tar.gz')
  for (const changed of [bytes.subarray(0, bytes.length - 1), Buffer.concat([bytes, Buffer.from([0])])]) {
    await writeFile(other, changed)
    expect(await problemsOf(verifyArchive(other))).toHaveLength(1)
  }
})

it('refuses an archive that another program has packed, and what is no archive', async () => {
  const directory = await unpack()
  execFileSync('tar', ['czf', path.join(folder, 'again.tar.gz'), '-C', folder, path.basename(directory)])
  await expect(verifyArchive(path.join(folder, 'again.tar.gz'))).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
  })
  await expect(verifyArchive(path.join(folder, 'none.tar.gz'))).rejects.toMatchObject({
    code: 'NOT_A_BUNDLE',
  })
  const text = path.join(folder, 'README.md')
  for (const content of ['# edgelift\n', '']) {
    await writeFile(text, content)
    await expect(verifyArchive(text)).rejects.toMatchObject({
      code: 'NOT_A_BUNDLE',
      because: { en: 'it does not begin as a .tar.gz does' },
    })
  }
  await expect(verifyDirectory(folder)).rejects.toMatchObject({ code: 'NOT_A_BUNDLE' })
})

it('holds an archive against the .sha256 file beside it', async () => {
  const file = await pack()
  await writeFile(`${file}.sha256`, `${'0'.repeat(64)}  x.tar.gz\n`)
  expect(await problemsOf(verifyArchive(file))).toHaveLength(1)
})

it('names every file of a directory that is damaged, missing, foreign or not a file', async () => {
  const directory = await unpack()
  await writeFile(path.join(directory, 'README.txt'), 'read MY')
  await rename(path.join(directory, 'empty'), path.join(directory, 'extra'))
  const problems = await problemsOf(verifyDirectory(directory))
  expect(problems.map((text) => text.split(':').slice(0, 2).join(':'))).toEqual([
    'FILE_DAMAGED: README.txt',
    'FILE_MISSING: empty',
    'FILE_FOREIGN: extra',
  ])
  for (const name of ['link', 'link-2']) await symlink('/etc/passwd', path.join(directory, name))
  expect((await problemsOf(verifyDirectory(directory))).slice(3)).toEqual([
    expect.stringMatching(/^FILE_FOREIGN: link: not a regular file/),
    expect.stringMatching(/^FILE_FOREIGN: link-2: not a regular file/),
  ])
})

it('does not read its own records through a link', async () => {
  const directory = await unpack()
  await rename(path.join(directory, 'manifest.json'), `${directory}-manifest.json`)
  await symlink(`${directory}-manifest.json`, path.join(directory, 'manifest.json'))
  await expect(verifyDirectory(directory)).rejects.toMatchObject({ code: 'FILE_FOREIGN' })
})

it('does not follow a folder that was replaced by a link to one with the same content', async () => {
  const directory = await unpack()
  const elsewhere = `${directory}-elsewhere`
  await rename(path.join(directory, 'images'), elsewhere)
  await symlink(elsewhere, path.join(directory, 'images'))
  const problems = await problemsOf(verifyDirectory(directory))
  expect(problems).toContainEqual(expect.stringMatching(/^FILE_FOREIGN: images: not a regular file/))
  expect(problems).toContainEqual(expect.stringMatching(/^FILE_MISSING: images\//))
})

it('lets the operator edit the answers and keep the PSK in the directory', async () => {
  const directory = await unpack()
  await writeFile(path.join(directory, 'install.yaml'), 'nodeIp: 10.0.0.1')
  await writeFile(path.join(directory, 'edgemesh-psk.txt'), 'secret')
  expect((await verifyDirectory(directory)).problems).toEqual([])
})

it('tells a damaged SHA256SUMS from a damaged file', async () => {
  const directory = await unpack()
  const sums = path.join(directory, 'SHA256SUMS')
  const text = await readFile(sums, 'utf8')
  await writeFile(
    sums,
    text.replace(/^[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0')),
  )
  const [problem] = await problemsOf(verifyDirectory(directory))
  expect(problem).toContain('SHA256SUMS: damaged')
})

it('refuses a signature by another key and a missing one', async () => {
  const directory = await unpack()
  const publicKey = newKey(Buffer.alloc(32, 8), Buffer.alloc(8, 2))
  await expect(verifyDirectory(directory, { publicKey })).rejects.toMatchObject({
    code: 'SIGNATURE_INVALID',
    exit: 4,
  })
  await rm(path.join(directory, 'SHA256SUMS.minisig'))
  await expect(verifyDirectory(directory, { publicKey })).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' })
})
