import { pipeline, Readable } from 'node:stream'
import { type Digest, verifying } from '@edgelift/core'
import type { Descriptor } from '../manifest/manifest.ts'
import type { Store } from '../store/store.ts'
import { entriesOfTar, type TarEntry, type TarLimits } from '../tar/tar-entries.ts'
import { memberMissing, memberTooLarge } from '../tar/tar-paths.ts'
import { unpacked } from '../tar/unpacked.ts'
import { type FileNode, type FileSource, type LayerTree, layerTree } from './layer-tree.ts'

/** A file of an image, in the store now. */
export interface ImageFile {
  /** Its path in the image once all symbolic links have been followed. */
  readonly path: string
  readonly size: number
  /** Permission bits. */
  readonly mode: number
  readonly digest: Digest
}

export interface ImageFilesOptions {
  /** From the lowest to the highest, as in the manifest; the blobs are in the store. */
  readonly layers: readonly Descriptor[]
  readonly open: (digest: Digest) => Readable
  /** Where contents go: `putStream` of the store. */
  readonly put: Store['putStream']
  /** Absolute paths in the image. */
  readonly wanted: readonly string[]
  /** How an error names the image: its reference. */
  readonly what: string
  /** `totalSize` and `entries` hold for one layer; `fileSize`: bytes of one file, 1 GiB when left out. */
  readonly limits?: Omit<TarLimits, 'what'> & { readonly fileSize?: number }
}

const FILE_LIMIT = 1024 ** 3

/**
 * Takes regular files out of the file system that an image's layers make together, as a container would see them:
 * whiteouts, symbolic links (followed inside the image) and hard links are honoured. Layers are read as streams, first
 * all of them for their tables (and checked), then those that hold a wanted file once more; memory holds paths only.
 * @returns for each wanted path, as it was given, what was found
 * @throws TAR_MEMBER_MISSING naming all that are missing or no regular file; TAR_INVALID; CONTENT_TOO_LARGE;
 * MEDIA_TYPE_REFUSED for a zstd layer where Node cannot read it; DIGEST_MISMATCH
 */
export async function filesOfImage(options: ImageFilesOptions): Promise<Map<string, ImageFile>> {
  const tree = layerTree()
  for (const layer of options.layers.keys()) {
    for await (const { header, index } of entriesOf(options, layer)) {
      tree.add(header, { layer, entry: index }, nameOf(options, layer))
    }
  }
  const found = findAll(tree, options)
  const kept = new Map<string, { digest: Digest; size: number }>()
  for (const layer of options.layers.keys()) {
    const entries = new Set(
      [...found.values()]
        .filter(({ node }) => node.source.layer === layer)
        .map(({ node }) => node.source.entry),
    )
    await keepEntries({ options, layer, entries }, kept)
  }
  const files = new Map<string, ImageFile>()
  for (const [wanted, { path, node }] of found) {
    const content = kept.get(keyOf(node.source))
    if (content !== undefined) files.set(wanted, { path, mode: node.mode, ...content })
  }
  return files
}

interface Found {
  readonly path: string
  readonly node: FileNode
}

function findAll(tree: LayerTree, { wanted, what, limits }: ImageFilesOptions): Map<string, Found> {
  const found = new Map<string, Found>()
  const missing: string[] = []
  const limit = limits?.fileSize ?? FILE_LIMIT
  for (const path of wanted) {
    const { path: resolved, node } = tree.resolve(path) ?? {}
    if (resolved === undefined || node?.kind !== 'file') missing.push(path)
    else if (node.size > limit) throw memberTooLarge(what, path, limit)
    else found.set(path, { path: resolved, node })
  }
  if (missing.length > 0) throw memberMissing(what, missing, [])
  return found
}

async function keepEntries(
  from: {
    readonly options: ImageFilesOptions
    readonly layer: number
    readonly entries: ReadonlySet<number>
  },
  kept: Map<string, { digest: Digest; size: number }>,
): Promise<void> {
  let left = from.entries.size
  if (left === 0) return
  for await (const { index, body } of entriesOf(from.options, from.layer)) {
    if (!from.entries.has(index)) continue
    const content = await from.options.put(Readable.from(body, { objectMode: false }))
    kept.set(keyOf({ layer: from.layer, entry: index }), content)
    left--
    if (left === 0) return
  }
}

async function* entriesOf(options: ImageFilesOptions, layer: number): AsyncGenerator<TarEntry> {
  const descriptor = options.layers[layer]
  if (descriptor === undefined) return
  const what = nameOf(options, layer)
  const source = pipeline(options.open(descriptor.digest), verifying(descriptor, what), () => {})
  yield* entriesOfTar(await unpacked(source, what), { ...options.limits, what })
}

function nameOf({ what, layers }: ImageFilesOptions, layer: number): string {
  return `${what}, layer ${layer + 1} (${layers[layer]?.digest ?? ''})`
}

function keyOf(source: FileSource): string {
  return `${source.layer}:${source.entry}`
}
