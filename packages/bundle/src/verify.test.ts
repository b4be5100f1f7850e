import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { EdgeliftError, tarHeader, tarPadding } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveWriter } from './archive-writer.ts'
import { packMember } from './gzip-member.ts'
import { sampleManifest } from './manifest.sample.ts'
import type { BundleManifest } from './manifest.ts'
import { signHash, signingHash } from './minisign.ts'
import { formatPublicKey, newKey, parsePublicKey } from './minisign-key.ts'
import { formatManifest } from './read-manifest.ts'
import { formatSums } from './sums.ts'
import { verifyArchive } from './verify.ts'
import { verifyDirectory } from './verify-directory.ts'

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
  const writer = await archiveWriter({ out, top: TOP })
  const write = (file: string, bytes: Buffer) =>
    writer.file(
      { path: file, mode: '0644', size: bytes.length, compress: !/\.tar$|^manifest|^SHA/.test(file) },
      [bytes],
    )
  for (const [file, bytes] of files) await write(file, bytes)
  const manifest: BundleManifest = {
    ...sampleManifest,
    name: TOP,
    release: { name: 'kubeedge', version: '1.22.0' },
    packed: await writer.seal(),
    files: [...files].map(([file, bytes]) => ({
      path: file,
      size: bytes.length,
      mode: '0644',
      integrity: `sha256-${createHash('sha256').update(bytes).digest('base64')}`,
      origin: { kind: 'edgelift', version: '0.1.0' },
      neededBy: [],
    })),
  }
  files.set('manifest.json', formatManifest(manifest))
  const sums = new Map(
    [...files].map(([file, bytes]) => [file, createHash('sha256').update(bytes).digest('hex')]),
  )
  const sumsBytes = Buffer.from(formatSums(sums))
  files.set('SHA256SUMS', sumsBytes)
  files.set(
    'SHA256SUMS.minisig',
    Buffer.from(signHash(signingHash().update(sumsBytes).digest(), key, 'SHA256SUMS')),
  )
  for (const file of ['manifest.json', 'SHA256SUMS', 'SHA256SUMS.minisig'])
    await write(file, files.get(file) ?? Buffer.alloc(0))
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

it('names the place of a wrong gzip checksum, where every file is as it should be', async () => {
  const file = await pack()
  const bytes = await readFile(file)
  const second = bytes.readUInt32LE(16) // the first member's length, in its header
  for (const at of [20, second + 20]) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    await writeFile(file, damaged)
    expect(await problemsOf(verifyArchive(file))).toEqual([
      expect.stringMatching(new RegExp(`damaged at ${TOP}/\\S+`)),
    ])
  }
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

it.each(['sha256', 'minisig'])(
  'tells an empty copy of an archive from something else by its .%s',
  async (ending) => {
    const file = path.join(folder, 'x.tar.gz')
    await writeFile(file, '')
    await expect(verifyArchive(file)).rejects.toMatchObject({ code: 'NOT_A_BUNDLE' })
    await writeFile(`${file}.${ending}`, 'x')
    await expect(verifyArchive(file)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED', exit: 4 })
  },
)

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

it('names on one line what lies there besides, whatever its name is', async () => {
  const directory = await unpack()
  await writeFile(path.join(directory, 'a\nerror[NONE]: all is well'), '')
  await mkdir(path.join(directory, 'b\nc'))
  await symlink('x', path.join(directory, 'd\ne'))
  const nameless = (name: string) => Buffer.concat([Buffer.from(`${directory}/${name}`), Buffer.of(0xff)])
  await writeFile(nameless('file'), '')
  await mkdir(nameless('folder'))
  expect((await problemsOf(verifyDirectory(directory))).sort()).toEqual([
    'FILE_FOREIGN: a<U+000A>error[NONE]: all is well: not a part of this archive',
    'FILE_FOREIGN: b<U+000A>c/: not a part of this archive',
    'FILE_FOREIGN: d<U+000A>e: not a regular file',
    'FILE_FOREIGN: file\ufffd: not a part of this archive',
    'FILE_FOREIGN: folder\ufffd: not a part of this archive',
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

/** The tar inside an archive, cut into its entries: header and content of each, the end as the last one. */
function entriesOf(tar: Buffer): Buffer[] {
  const entries: Buffer[] = []
  for (let at = 0; at < tar.length; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0
    const end = tar[at] === 0 ? tar.length : at + 512 + size + tarPadding(size)
    entries.push(tar.subarray(at, end))
    at = end
  }
  return entries
}

/** Packs a tar into members of this many bytes. */
async function membersOf(tar: Buffer, length: number, compress = true): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < tar.length; at += length)
    pieces.push(...(await packMember(tar.subarray(at, at + length), compress)))
  return Buffer.concat(pieces)
}

const folderEntry = (name: string) =>
  Buffer.from(tarHeader({ path: name, type: 'directory', size: 0, mode: 0o755 }))

describe('an archive of the same files that edgelift would not have written', () => {
  const changes: Record<string, (entries: Buffer[]) => Buffer[]> = {
    'with a folder outside of its own': ([first, ...rest]) => [
      first ?? Buffer.alloc(0),
      folderEntry('elsewhere'),
      ...rest,
    ],
    'with a folder outside before everything': (entries) => [folderEntry('elsewhere'), ...entries],
    'with one more folder inside': ([first, ...rest]) => [
      first ?? Buffer.alloc(0),
      folderEntry(`${TOP}/more`),
      ...rest,
    ],
    'with a folder twice': ([first, ...rest]) => [
      first ?? Buffer.alloc(0),
      first ?? Buffer.alloc(0),
      ...rest,
    ],
    'without the entry of its folder': ([, ...rest]) => rest,
    'with its files in another order': ([top, a, b, ...rest]) =>
      [top, b, a, ...rest].filter((one) => one !== undefined),
    'with its records in another order': (entries) => {
      const [end, signature, sums] = entries.toReversed()
      return [...entries.slice(0, -3), signature, sums, end].filter((one) => one !== undefined)
    },
    'with a file behind its records': (entries) => {
      const file = Buffer.concat([tarHeader({ path: `${TOP}/z`, type: 'file', size: 0, mode: 0o644 })])
      return [...entries.slice(0, -1), file, entries.at(-1) ?? Buffer.alloc(0)]
    },
    'with more zeros at its end': (entries) => [...entries, Buffer.alloc(1024)],
  }

  it.each(Object.entries(changes))('%s is refused', async (_name, change) => {
    const tar = gunzipSync(await readFile(await pack()))
    const other = path.join(folder, 'other.tar.gz')
    await writeFile(other, await membersOf(Buffer.concat(change(entriesOf(tar))), 4 * 1024 * 1024))
    expect(await problemsOf(verifyArchive(other, { publicKey: key }))).not.toEqual([])
  })

  it.each([
    ['cut into members elsewhere', 4096, true],
    ['in one member', 4 * 1024 * 1024, true],
    ['stored where it is deflated', 4 * 1024 * 1024, false],
  ])('%s is refused', async (_name, length, compress) => {
    const tar = gunzipSync(await readFile(await pack()))
    const other = path.join(folder, 'other.tar.gz')
    await writeFile(other, await membersOf(tar, length, compress))
    expect(await problemsOf(verifyArchive(other, { publicKey: key }))).not.toEqual([])
  })
})

it('says who signed, and checks the signature beside the archive', async () => {
  const file = await pack()
  expect(await verifyArchive(file, { publicKey: key })).toMatchObject({
    signer: { key: '0101010101010101', comment: 'SHA256SUMS' },
    besideChecked: [],
  })
  const sign = async (bytes: Uint8Array) =>
    writeFile(`${file}.minisig`, signHash(signingHash().update(bytes).digest(), key, 'x'))
  await sign(await readFile(file))
  expect(await verifyArchive(file, { publicKey: key })).toMatchObject({
    problems: [],
    besideChecked: ['x.tar.gz.minisig'],
  })
  await sign(Buffer.from('another file'))
  expect(await problemsOf(verifyArchive(file, { publicKey: key }))).toEqual([
    expect.stringContaining('SIGNATURE_INVALID'),
  ])
})

describe('a directory whose files and folders are not as they were packed', () => {
  const changes: Record<string, (directory: string) => Promise<void>> = {
    'setuid on a file': (directory) => chmod(path.join(directory, 'README.txt'), 0o4644),
    'setgid on a file': (directory) => chmod(path.join(directory, 'README.txt'), 0o2644),
    'a file that others can write': (directory) => chmod(path.join(directory, 'README.txt'), 0o666),
    'a signature that others can write': (directory) =>
      chmod(path.join(directory, 'SHA256SUMS.minisig'), 0o646),
    'an executable record': (directory) => chmod(path.join(directory, 'SHA256SUMS'), 0o744),
    'a folder that others can write': (directory) => chmod(path.join(directory, 'images'), 0o777),
    'a file of another user': (directory) => chown(path.join(directory, 'README.txt'), 12345, 0),
    'a folder of another user': (directory) => chown(path.join(directory, 'images'), 12345, 0),
    'an empty folder more': async (directory) => void (await mkdir(path.join(directory, 'images/more'))),
  }
  it.each(Object.entries(changes))('is refused: %s', async (_name, change) => {
    const directory = await unpack()
    await change(directory)
    expect(await problemsOf(verifyDirectory(directory))).toHaveLength(1)
  })

  it('is accepted with fewer permissions, as an umask leaves it', async () => {
    const directory = await unpack()
    for (const name of ['README.txt', 'install.yaml']) await chmod(path.join(directory, name), 0o600)
    await chmod(path.join(directory, 'images'), 0o700)
    expect(await problemsOf(verifyDirectory(directory))).toEqual([])
  })
})

describe('what lies beside an archive', () => {
  const sumOf = async (file: string) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex')

  it('is refused when it is no line of sha256sum for this archive, or too large, or no file', async () => {
    const file = await pack()
    const sum = await sumOf(file)
    for (const text of [
      `${sum}  other.tar.gz\n`,
      `${sum}\n`,
      `${sum}  x.tar.gz\n${sum}  y\n`,
      '',
      'x'.repeat(70_000),
    ]) {
      await writeFile(`${file}.sha256`, text)
      expect(await problemsOf(verifyArchive(file)), text.slice(0, 80)).toHaveLength(1)
    }
    await rm(`${file}.sha256`)
    execFileSync('mkfifo', [`${file}.sha256`])
    await expect(verifyArchive(file)).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  })

  it('may be any line that sha256sum takes, and what editors of Windows make of it', async () => {
    const file = await pack()
    const sum = await sumOf(file)
    for (const text of [
      `${sum}  x.tar.gz`,
      `${sum} *x.tar.gz\n`,
      `${sum}  x.tar.gz\r\n`,
      `\uFEFF${sum}  x.tar.gz\n`,
      `${sum.toUpperCase()}  ./x.tar.gz\n`,
      `SHA256 (x.tar.gz) = ${sum}\n`,
    ]) {
      await writeFile(`${file}.sha256`, text)
      expect(await verifyArchive(file), text).toMatchObject({
        problems: [],
        besideChecked: ['x.tar.gz.sha256'],
      })
    }
  })

  it('is named when there is a signature and no key to check it with', async () => {
    const file = await pack()
    await writeFile(`${file}.sha256`, `${await sumOf(file)}  x.tar.gz\n`)
    await writeFile(`${file}.minisig`, 'x')
    expect(await verifyArchive(file)).toMatchObject({
      problems: [],
      besideChecked: ['x.tar.gz.sha256'],
      besideUnchecked: ['x.tar.gz.minisig'],
    })
  })
})

it('refuses a signature file with anything that the signer did not write', async () => {
  const directory = await unpack()
  const file = path.join(directory, 'SHA256SUMS.minisig')
  const text = await readFile(file, 'utf8')
  const changes = [
    `${text}x`,
    `${text}\u0000`,
    text.trimEnd(),
    text.replace('untrusted comment: ', '$&x'),
    text.replaceAll('\n', '\r\n'),
  ]
  for (const changed of changes) {
    await writeFile(file, changed)
    expect(await problemsOf(verifyDirectory(directory, { publicKey: key }))).toHaveLength(1)
  }
})

it('stops reading when it is told to', async () => {
  const stop = () => {
    throw new Error('stopped')
  }
  await expect(verifyArchive(await pack(), { onProgress: stop })).rejects.toThrow('stopped')
  await expect(verifyDirectory(await unpack(), { onProgress: stop })).rejects.toThrow('stopped')
})

it('names edited answers, and reads nothing that is not listed', async () => {
  const directory = await unpack()
  await writeFile(path.join(directory, 'install.yaml'), 'nodeIp: 10.0.0.1')
  await writeFile(path.join(directory, 'huge'), '')
  await truncate(path.join(directory, 'huge'), 2 ** 40) // reading it would take an hour
  const { edited, problems } = await verifyDirectory(directory)
  expect(edited).toEqual(['install.yaml'])
  expect(problems.map(({ code }) => code)).toEqual(['FILE_FOREIGN'])
})

it('refuses a pipe in the place of an archive at once', async () => {
  const pipe = path.join(folder, 'pipe.tar.gz')
  execFileSync('mkfifo', [pipe])
  await expect(verifyArchive(pipe)).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
})
