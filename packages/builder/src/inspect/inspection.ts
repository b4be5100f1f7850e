import { stat } from 'node:fs/promises'
import path from 'node:path'
import {
  type BundleManifest,
  openArchive,
  PATHS,
  type PublicKey,
  type Verified,
  verifyArchive,
  verifyDirectory,
} from '@edgelift/bundle'
import { EdgeliftError, joinTexts, type Report, same, silent } from '@edgelift/core'
import { KINDS, type Kind, kindOf } from './kinds.ts'

/** What can be said of an archive or of an unpacked one: its manifest, held against its bytes. */
export interface Inspection {
  /** As the user named it. */
  readonly where: string
  /** Bytes of the archive's file or of all of its parts; undefined for a directory. */
  readonly packedSize?: number
  readonly verified: Verified
  /** Kinds that there are, with their sums. */
  readonly kinds: readonly { readonly kind: Kind; readonly files: number; readonly bytes: number }[]
}

export interface InspectOptions {
  readonly publicKey?: PublicKey
  /** Small files whose content is wanted: {@link Verified.contents}. */
  readonly keep?: readonly string[]
  /** Whether the archive of a delta is taken. */
  readonly deltas?: boolean
  readonly report?: Report
  /** Ends the reading where it is. */
  readonly signal?: AbortSignal
}

/** Reads and verifies an archive or a directory; damage is in `verified.problems`, as long as there is a manifest. */
export async function inspect(where: string, options: InspectOptions = {}): Promise<Inspection> {
  const verified = await verifyAny(where, { ...options, keep: [PATHS.sbom, PATHS.sums, PATHS.signature] })
  const sums = new Map<Kind, { files: number; bytes: number }>()
  for (const file of verified.manifest.files) {
    const kind = kindOf(file)
    const sum = sums.get(kind) ?? { files: 0, bytes: 0 }
    sums.set(kind, { files: sum.files + 1, bytes: sum.bytes + file.size })
  }
  const kinds = (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
    const sum = sums.get(kind)
    return sum === undefined ? [] : [{ kind, ...sum }]
  })
  const packedSize = await packedSizeOf(where)
  return { where, verified, kinds, ...(packedSize === undefined ? {} : { packedSize }) }
}

async function packedSizeOf(where: string): Promise<number | undefined> {
  if (await isDirectory(where)) return undefined
  await using source = await openArchive(where)
  return source.size
}

/** False also where nothing lies: an archive may be there in parts only, and `verifyArchive` tells what is not, with a fix. */
export async function isDirectory(where: string): Promise<boolean> {
  return stat(where).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Verifies an archive or a directory, whichever `where` is, and reports how far it is. */
export async function verifyAny(where: string, options: InspectOptions = {}): Promise<Verified> {
  const report = options.report ?? silent
  const label = path.basename(where)
  const verifyOptions = {
    ...(options.publicKey === undefined ? {} : { publicKey: options.publicKey }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
    ...(options.deltas === undefined ? {} : { deltas: options.deltas }),
    onProgress: (done: number, total: number) => {
      options.signal?.throwIfAborted()
      report({ type: 'transfer', id: where, label, done, total })
    },
  }
  try {
    return (await isDirectory(where))
      ? await verifyDirectory(where, verifyOptions)
      : await verifyArchive(where, verifyOptions)
  } finally {
    report({ type: 'transferred', id: where, label, fetched: 0 })
  }
}

/**
 * The manifest of an archive or a directory whose audit finds nothing.
 * @throws as {@link verifyAny}; the first problem, with the name of what it was found in: the command may read several
 */
export async function soundManifest(where: string, options: InspectOptions): Promise<BundleManifest> {
  const { manifest, problems } = await verifyAny(where, options)
  const [first] = problems
  if (first === undefined) return manifest
  const { code, exit, what, because, fix } = first
  throw new EdgeliftError(code, exit, {
    what: what.en.includes(where) ? what : joinTexts([same(where), what], ': '),
    ...(because === undefined ? {} : { because }),
    ...(fix === undefined ? {} : { fix }),
  })
}
