import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { lstat, open, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type EdgeliftError, hashFile, isErrno, type Text } from '@edgelift/core'
import { type FoundFile, readArchive } from './archive-reader.ts'
import { audit, type Seen } from './audit.ts'
import { fail } from './codes.ts'
import type { BundleManifest } from './manifest.ts'
import { type PublicKey, signingHash, verifyHash } from './minisign.ts'
import { PATHS } from './paths.ts'
import { readManifest } from './read-manifest.ts'
import { parseSums } from './sums.ts'

export interface VerifyOptions {
  /** With it, the signature of SHA256SUMS must be there and hold. */
  readonly publicKey?: PublicKey
  readonly onProgress?: (done: number, total: number) => void
}

export interface Verified {
  readonly manifest: BundleManifest
  /** Files checked. */
  readonly files: number
  /** Their bytes. */
  readonly bytes: number
  /** Of the archive's own file, in hexadecimal; only where there is a `.sha256` file to hold it against. */
  readonly sha256?: string
  /** Whether a signature was checked (`valid`), is there but no key was given (`unchecked`), or is not there. */
  readonly signature: 'valid' | 'unchecked' | 'none'
  /** Everything that is wrong; empty when all holds. */
  readonly problems: readonly EdgeliftError[]
}

/** What the operator may change in an unpacked directory. */
const CHANGEABLE: ReadonlySet<string> = new Set([PATHS.answers])
/** What an installation puts into the unpacked directory, as the guide says. */
const LEFT_BY_INSTALLATION = ['edgemesh-psk.txt', 'edge-join.yaml'] as const
/** Files that are hashed at once: the disk is asked ahead while one is being hashed. */
const HASH_AT_ONCE = 4

/**
 * The whole audit of an archive, read once and not unpacked: its own form, SHA256SUMS, manifest, signature, and the
 * `.sha256` file beside it where there is one.
 * @throws ARCHIVE_DAMAGED, MANIFEST_INVALID, SUMS_INVALID, SIGNATURE_*, NOT_A_BUNDLE when nothing more can be said
 */
export async function verifyArchive(file: string, options: VerifyOptions = {}): Promise<Verified> {
  const kept = new Set<string>([PATHS.manifest, PATHS.sums, PATHS.signature])
  const keep = (name: string) => kept.has(name.slice(name.indexOf('/') + 1))
  await mustBeGzip(file)
  const beside = await besideSum(file)
  const hash = createHash('sha256')
  const { files, suspect } = await readArchive(file, {
    keep,
    hashes: beside === undefined ? [] : [hash],
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  const top = files[0]?.path.split('/', 1)[0] ?? ''
  const found = new Map<string, FoundFile>()
  const twice = files.find((entry) => {
    const inside = entry.path.startsWith(`${top}/`) ? entry.path.slice(top.length + 1) : undefined
    if (inside === undefined || found.has(inside)) return true
    found.set(inside, entry)
    return false
  })
  if (twice) throw oddEntry(file, twice.path)
  const result = check(found, (name) => found.get(name)?.content, {
    where: path.basename(file),
    inDirectory: false,
    options,
  })
  const problems = [...result.problems]
  if (result.manifest.name !== top) problems.push(oddEntry(file, top))
  if (suspect !== undefined && problems.length === 0) problems.push(oddEntry(file, suspect))
  const sha256 = hash.digest('hex')
  if (beside !== undefined && beside !== sha256) problems.push(besideDiffers(file, beside, sha256))
  return { ...result, ...(beside === undefined ? {} : { sha256 }), problems }
}

/**
 * The whole audit of an unpacked directory. `install.yaml` may have been edited; what an installation leaves there
 * and `allow` may be there besides.
 */
export async function verifyDirectory(
  directory: string,
  options: VerifyOptions & { readonly allow?: readonly string[] } = {},
): Promise<Verified> {
  await mustHaveManifest(directory)
  const { paths, odd } = await filesBelow(directory)
  const record = odd.find((name) => name === PATHS.manifest || name === PATHS.sums)
  if (record !== undefined) throw notRegular(record)
  const total = await sizeOf(directory, paths)
  const seen = new Map<string, Seen>()
  let done = 0
  const queue = [...paths]
  await Promise.all(
    Array.from({ length: HASH_AT_ONCE }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        seen.set(
          next,
          await look(path.join(directory, next), (bytes) => {
            done += bytes
            options.onProgress?.(done, total)
          }),
        )
      }
    }),
  )
  const contents = new Map<string, Uint8Array>()
  for (const name of [PATHS.manifest, PATHS.sums, PATHS.signature]) {
    if (seen.has(name)) contents.set(name, await readFile(path.join(directory, name)))
  }
  const result = check(seen, (name) => contents.get(name), {
    where: directory,
    inDirectory: true,
    options,
    ...(options.allow === undefined ? {} : { allow: options.allow }),
  })
  return { ...result, problems: [...result.problems, ...odd.map(notRegular)] }
}

function check(
  seen: ReadonlyMap<string, Seen>,
  content: (name: string) => Uint8Array | undefined,
  context: { where: string; inDirectory: boolean; options: VerifyOptions; allow?: readonly string[] },
): Verified {
  const manifestBytes = content(PATHS.manifest)
  const sumsBytes = content(PATHS.sums)
  if (manifestBytes === undefined) throw incomplete(context.where, PATHS.manifest)
  if (sumsBytes === undefined) throw incomplete(context.where, PATHS.sums)
  const signature = checkSignature(sumsBytes, content(PATHS.signature), context)
  const manifest = readManifest(manifestBytes, PATHS.manifest)
  const sums = parseSums(Buffer.from(sumsBytes).toString('utf8'), PATHS.sums)
  const problems = audit({
    manifest,
    sums,
    seen,
    changeable: context.inDirectory ? CHANGEABLE : new Set(),
    existingAllowed: new Set(context.inDirectory ? [...LEFT_BY_INSTALLATION, ...(context.allow ?? [])] : []),
  })
  const bytes = [...seen.values()].reduce((sum, file) => sum + file.size, 0)
  return { manifest, files: seen.size, bytes, signature, problems }
}

function checkSignature(
  sums: Uint8Array,
  signature: Uint8Array | undefined,
  context: { where: string; options: VerifyOptions },
): Verified['signature'] {
  const key = context.options.publicKey
  if (key === undefined) return signature === undefined ? 'none' : 'unchecked'
  if (signature === undefined) {
    throw fail('SIGNATURE_MISSING', {
      what: {
        en: `${context.where}: ${PATHS.signature} is missing`,
        zh: `${context.where}：缺少 ${PATHS.signature}`,
      },
      because: { en: 'a public key was given, so a signature is expected', zh: '给出了公钥，因此需要签名' },
      fix: {
        en: 'build with --sign, or verify without --pubkey',
        zh: '构建时使用 --sign，或验证时不带 --pubkey',
      },
    })
  }
  const text = Buffer.from(signature).toString('utf8')
  verifyHash(signingHash().update(sums).digest(), text, key, `${context.where}/${PATHS.signature}`)
  return 'valid'
}

async function look(file: string, onBytes: (bytes: number) => void): Promise<Seen> {
  const found = await hashFile(file, onBytes)
  const { mode } = await lstat(file)
  return { ...found, mode: (mode & 0o100) === 0 ? '0644' : '0755' }
}

/** Every file below a directory, relative, sorted; `odd` are links, devices and the like, which are not followed. */
async function filesBelow(directory: string): Promise<{ paths: string[]; odd: string[] }> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const named = (wanted: (entry: Dirent) => boolean) =>
    entries
      .filter(wanted)
      .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
      .sort()
  return {
    paths: named((entry) => entry.isFile()),
    odd: named((entry) => !entry.isFile() && !entry.isDirectory()),
  }
}

function notRegular(name: string): EdgeliftError {
  return fail('FILE_FOREIGN', {
    what: { en: `${name}: not a regular file`, zh: `${name}：不是普通文件` },
    because: { en: 'archives hold regular files only', zh: '归档只包含普通文件' },
    fix: { en: 'unpack the archive anew into an empty place', zh: '请在空目录中重新解压归档' },
  })
}

async function sizeOf(directory: string, paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(paths.map(async (name) => (await lstat(path.join(directory, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function mustBeGzip(file: string): Promise<void> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'EACCES')) throw notABundle(file, error)
    throw error
  })
  try {
    const head = Buffer.alloc(2)
    await handle.read(head, 0, 2, 0)
    // RFC 1952, 2.3.1. One byte alone that is another is damage, and told as such.
    if (head[0] !== 0x1f && head[1] !== 0x8b) throw notABundle(file, undefined, NO_GZIP)
  } finally {
    await handle.close()
  }
}

async function mustHaveManifest(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw notABundle(directory, error)
    throw error
  })
  if (!names.includes(PATHS.manifest) && !names.includes(PATHS.sums)) throw notABundle(directory)
}

/** The hash in `<archive>.sha256`, where there is such a file. */
async function besideSum(file: string): Promise<string | undefined> {
  try {
    return (await readFile(`${file}.sha256`, 'utf8')).split(/\s/, 1)[0]
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

const NO_GZIP = { en: 'it does not begin as a .tar.gz does', zh: '其开头不是 .tar.gz 格式' }
const NO_MANIFEST = { en: 'there is no manifest.json', zh: '其中没有 manifest.json' }

function notABundle(where: string, cause?: unknown, why: Text = NO_MANIFEST): Error {
  return fail(
    'NOT_A_BUNDLE',
    {
      what: {
        en: `${where}: not an archive or directory of edgelift`,
        zh: `${where}：不是 edgelift 的归档或目录`,
      },
      because: cause instanceof Error ? cause.message : why,
      fix: {
        en: 'name an archive (.tar.gz) or the directory that it was unpacked to',
        zh: '请给出归档（.tar.gz）或其解压目录',
      },
    },
    { cause },
  )
}

function incomplete(where: string, name: string): Error {
  return fail('FILE_MISSING', {
    what: { en: `${where}: ${name} is missing`, zh: `${where}：缺少 ${name}` },
    because: { en: 'without it nothing can be checked', zh: '没有它就无法校验' },
    fix: { en: 'copy the archive again', zh: '请重新复制归档' },
  })
}

function oddEntry(file: string, name: string): EdgeliftError {
  return fail('ARCHIVE_DAMAGED', {
    what: { en: `${file}: damaged at ${name}`, zh: `${file}：在 ${name} 处损坏` },
    because: { en: 'edgelift does not write such an archive', zh: 'edgelift 不会写出这样的归档' },
    fix: { en: 'copy the archive again', zh: '请重新复制归档' },
  })
}

function besideDiffers(file: string, expected: string, got: string): EdgeliftError {
  return fail('FILE_DAMAGED', {
    what: {
      en: `${file}: not what ${path.basename(file)}.sha256 says`,
      zh: `${file}：与 ${path.basename(file)}.sha256 不符`,
    },
    because: { en: `expected ${expected}, got ${got}`, zh: `期望 ${expected}，实际 ${got}` },
    fix: { en: 'copy both again, from the same build', zh: '请从同一次构建重新复制两者' },
  })
}
