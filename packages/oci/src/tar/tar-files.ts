import { Readable } from 'node:stream'
import type { Digest } from '@edgelift/core'
import type { Store } from '../store/store.ts'
import { entriesOfTar, type TarLimits } from './tar-entries.ts'
import { insidePath, memberMissing, memberTooLarge, notAFile } from './tar-paths.ts'
import { unpacked } from './unpacked.ts'

/** A file that was taken out and is in the store now. */
export interface TarMember {
  /** Its path in the tar, without a leading `./`. */
  readonly path: string
  readonly size: number
  /** Permission bits as in the tar. */
  readonly mode: number
  readonly digest: Digest
}

export interface TarMembersOptions {
  /** The tar, plain or compressed. */
  readonly stream: Readable
  /** How an error names it: a URL, a path. */
  readonly what: string
  /** The files' paths, or all files below a folder (`''`: of the whole tar). */
  readonly wanted: readonly string[] | { readonly folder: string }
  /** Where contents go: `putStream` of the store. */
  readonly put: Store['putStream']
  /** `fileSize`: bytes of one file, 1 GiB when left out. */
  readonly limits?: Omit<TarLimits, 'what'> & { readonly fileSize?: number }
}

const FILE_LIMIT = 1024 ** 3

/**
 * Takes files out of a tar into the store; nothing is ever unpacked to a path that the tar names. The stream is read
 * to its end, so a check that sits in it (`verifying()`) has its say before this returns. Of two files with one path the last
 * counts, as when the tar is unpacked (`tar --append` replaces files so).
 * @returns the files, sorted by path
 * @throws TAR_MEMBER_MISSING naming all that are missing; TAR_INVALID for a path that leads out anywhere in the tar, and
 * for a link among the wanted; CONTENT_TOO_LARGE
 */
export async function membersOfTar(options: TarMembersOptions): Promise<TarMember[]> {
  const { what, put } = options
  const isWanted = selectionOf(options.wanted, what)
  const fileLimit = options.limits?.fileSize ?? FILE_LIMIT
  const taken = new Map<string, TarMember>()
  const others: string[] = []
  const tar = await unpacked(options.stream, what)
  for await (const { header, body } of entriesOfTar(tar, { ...options.limits, what })) {
    const path = insidePath(header.name, what, 'refused')
    if (header.type === 'directory') continue
    if (!isWanted(path)) {
      if (others.length < 100) others.push(path)
      continue
    }
    if (header.type !== 'file' && header.type !== 'contiguous-file') {
      throw notAFile(what, path, header)
    }
    if (header.size > fileLimit) throw memberTooLarge(what, path, fileLimit)
    const { digest, size } = await put(Readable.from(body, { objectMode: false }))
    taken.set(path, { path, size, mode: header.mode & 0o777, digest })
  }
  refuseAbsence(options, taken, others)
  return [...taken.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function selectionOf(wanted: TarMembersOptions['wanted'], what: string): (path: string) => boolean {
  if (!('folder' in wanted)) {
    const outside = wanted.filter((path) => path.startsWith('/') || path.split('/').includes('..'))
    if (outside.length > 0) throw memberMissing(what, outside, [])
    const paths = new Set(wanted.map((path) => insidePath(path, what, 'refused')))
    return (path) => paths.has(path)
  }
  const folder = insidePath(wanted.folder, what, 'refused')
  return (path) => folder === '' || path.startsWith(`${folder}/`)
}

function refuseAbsence(
  { wanted, what }: TarMembersOptions,
  taken: ReadonlyMap<string, TarMember>,
  others: readonly string[],
): void {
  if ('folder' in wanted) {
    if (taken.size === 0) throw memberMissing(what, [`${wanted.folder}/*`], others)
    return
  }
  const missing = wanted.filter((path) => !taken.has(insidePath(path, what, 'refused')))
  if (missing.length > 0) throw memberMissing(what, missing, others)
}
