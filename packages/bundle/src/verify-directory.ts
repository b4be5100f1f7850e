import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import {
  type EdgeliftError,
  hashFile,
  isErrno,
  namingPath,
  openRegular,
  plainName,
  type Text,
} from '@edgelift/core'
import type { Seen } from './audit.ts'
import { fail } from './codes.ts'
import { deltaGiven, recipeAmong } from './delta/check-delta.ts'
import { DELTA_PATHS } from './delta/schema.ts'
import { notABundle } from './not-a-bundle.ts'
import { folderProblems, ownerOf, unsafeBecause } from './ownership.ts'
import { PATHS, UNLISTED } from './paths.ts'
import { readManifest } from './read-manifest.ts'
import { CHANGEABLE, checkRecords, contentsOf, type Verified, type VerifyOptions } from './records.ts'
import { PATH_LIMIT } from './safe-path.ts'

/** Files that are hashed at once: the disk is asked ahead while one is being hashed. */
const HASH_AT_ONCE = 4
/** Bytes of a record (manifest, sums, signature) or of the settings: a manifest of 10,000 files has 5 MB. */
const RECORD_LIMIT = 64 * 1024 * 1024

/**
 * The whole audit of an unpacked directory. `install.yaml` may have been edited; what an installation leaves there
 * and `allow` may be there besides. Only files that the manifest lists, and that have the size it says, are read.
 * @throws MANIFEST_INVALID, SUMS_INVALID, SIGNATURE_*, NOT_A_BUNDLE, FILE_FOREIGN (a record that is no regular file)
 */
export async function verifyDirectory(
  directory: string,
  options: VerifyOptions & { readonly allow?: readonly string[] } = {},
): Promise<Verified> {
  await mustHaveManifest(directory)
  const owner = await ownerOf(directory)
  const { paths, folders, odd, nameless } = await filesBelow(directory)
  const record = odd.find((name) => UNLISTED.has(name))
  if (record !== undefined) throw notRegular(record)
  const contents = new Map<string, Uint8Array>()
  const kept = options.keep ?? []
  for (const name of new Set([...UNLISTED, DELTA_PATHS.recipe, ...kept]))
    if (paths.includes(name)) contents.set(name, await readRecord(directory, name))
  const recipe = recipeAmong(new Set(paths), (name) => contents.get(name), directory)
  if (recipe !== undefined) throw deltaGiven(directory, recipe)
  const sizes = sizesOf(contents.get(PATHS.manifest), `${directory}/${PATHS.manifest}`)
  const seen = await look(directory, { paths, contents, sizes, owner, options })
  const result = checkRecords(seen, (name) => contents.get(name), {
    where: directory,
    inDirectory: true,
    options,
    ...(options.allow === undefined ? {} : { allow: options.allow }),
  })
  const listed = new Set([...result.manifest.files.map((file) => file.path), ...(options.allow ?? [])])
  const inFolders = await folderProblems(directory, { folders, listed, owner })
  return {
    ...result,
    contents: contentsOf(kept, (name) => contents.get(name)),
    problems: [...result.problems, ...odd.map(notRegular), ...nameless.map(notNamed), ...inFolders],
  }
}

/** What the manifest says of sizes; a manifest that cannot be used is told later, with everything else. */
function sizesOf(manifest: Uint8Array | undefined, where: string): ReadonlyMap<string, number> {
  if (manifest === undefined) return new Map()
  return new Map(readManifest(manifest, where).files.map((file) => [file.path, file.size]))
}

async function look(
  directory: string,
  input: {
    readonly paths: readonly string[]
    readonly contents: ReadonlyMap<string, Uint8Array>
    readonly sizes: ReadonlyMap<string, number>
    readonly owner: number
    readonly options: VerifyOptions
  },
): Promise<Map<string, Seen>> {
  const { paths, contents, sizes, owner, options } = input
  const seen = new Map<string, Seen>()
  const queue: string[] = []
  for (const name of paths) {
    const found = await lstat(path.join(directory, name))
    const { size, mode } = found
    const unsafe = unsafeBecause(found, owner, CHANGEABLE.has(name) ? 0o666 : 0o755)
    if (CHANGEABLE.has(name) && size > RECORD_LIMIT) throw tooLarge(name, size)
    const record = contents.get(name)
    const sha256 = record === undefined ? undefined : createHash('sha256').update(record).digest('hex')
    seen.set(name, {
      ...{ size, mode: (mode & 0o100) === 0 ? ('0644' as const) : ('0755' as const), sha256 },
      ...(unsafe === undefined ? {} : { unsafe }),
    })
    if (record === undefined && sizes.has(name) && (sizes.get(name) === size || CHANGEABLE.has(name)))
      queue.push(name)
  }
  const total = queue.reduce((sum, name) => sum + (seen.get(name)?.size ?? 0), 0)
  let done = 0
  const onBytes = (bytes: number): void => {
    done += bytes
    options.onProgress?.(done, total)
  }
  await Promise.all(
    Array.from({ length: HASH_AT_ONCE }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { sha256 } = await hashFile(path.join(directory, next), onBytes)
        const found = seen.get(next)
        if (found !== undefined) seen.set(next, { ...found, sha256 })
      }
    }),
  )
  return seen
}

async function readRecord(directory: string, name: string): Promise<Uint8Array> {
  const file = path.join(directory, name)
  const handle = await openRegular(file)
  try {
    const { size } = await handle.stat()
    if (size > RECORD_LIMIT) throw tooLarge(name, size)
    return await handle.readFile().catch(namingPath(file))
  } finally {
    await handle.close()
  }
}

interface Below {
  readonly paths: readonly string[]
  readonly folders: readonly string[]
  /** Links, devices and the like, which are not followed. */
  readonly odd: readonly string[]
  /** Names that are no UTF-8: nothing can be opened by the text that stands for them. */
  readonly nameless: readonly string[]
}

/** Everything below a directory, by its relative path, sorted. */
async function filesBelow(directory: string): Promise<Below> {
  const found = {
    paths: [] as string[],
    folders: [] as string[],
    odd: [] as string[],
    nameless: [] as string[],
  }
  const queue = ['']
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    const entries = await readdir(path.join(directory, folder), { withFileTypes: true, encoding: 'buffer' })
    for (const entry of entries) {
      const name = path.join(folder, entry.name.toString('utf8'))
      if (!isUtf8(entry.name)) found.nameless.push(name)
      else if (entry.isFile()) found.paths.push(name)
      else if (entry.isDirectory()) {
        found.folders.push(name)
        // Deeper than any path in an archive: the folder is told as foreign, and the system opens no longer paths.
        if (name.length <= PATH_LIMIT) queue.push(name)
      } else found.odd.push(name)
    }
  }
  for (const list of Object.values(found)) list.sort()
  return found
}

async function mustHaveManifest(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw notABundle(directory, error)
    throw error
  })
  if (names.includes(PATHS.manifest) || names.includes(PATHS.sums)) return
  const archives = names.filter((name) => name.endsWith('.tar.gz')).sort()
  throw archives.length === 0
    ? notABundle(directory)
    : notABundle(directory, undefined, folderOfArchives(archives))
}

function folderOfArchives(archives: readonly string[]): Text {
  const shown = archives.slice(0, MOST_SHOWN).map(plainName)
  const [more, moreZh] = archives.length > MOST_SHOWN ? [', …', '、…'] : ['', '']
  return {
    en: `it is a folder with archives in it: ${shown.join(', ')}${more}`,
    zh: `这是存放离线包的目录：${shown.join('、')}${moreZh}`,
  }
}

const MOST_SHOWN = 5

function notRegular(name: string): EdgeliftError {
  return fail('FILE_FOREIGN', {
    what: { en: `${plainName(name)}: not a regular file`, zh: `${plainName(name)}：不是普通文件` },
    because: { en: 'archives hold regular files only', zh: '离线包只包含普通文件' },
    fix: { en: 'unpack the archive again into an empty folder', zh: '请将离线包重新解包到空目录' },
  })
}

function notNamed(name: string): EdgeliftError {
  return fail('FILE_FOREIGN', {
    what: { en: `${plainName(name)}: not a part of this archive`, zh: `${plainName(name)}：不属于此离线包` },
    because: { en: 'its name is not valid UTF-8', zh: '其名称不是有效的 UTF-8' },
    fix: { en: 'unpack the archive again into an empty folder', zh: '请将离线包重新解包到空目录' },
  })
}

function tooLarge(name: string, size: number): EdgeliftError {
  return fail('FILE_DAMAGED', {
    what: { en: `${name} is too large`, zh: `${name} 过大` },
    because: {
      en: `it has ${size} bytes, more than ${RECORD_LIMIT}`,
      zh: `共 ${size} 字节，超过 ${RECORD_LIMIT}`,
    },
    fix: { en: 'copy the archive again', zh: '请重新拷贝离线包' },
  })
}
