import { rm } from 'node:fs/promises'
import path from 'node:path'
import {
  archiveWriter,
  DELTA_PATHS,
  type Delta,
  type DeltaFile,
  type DeltaPart,
  hexOfIntegrity,
  readArchive,
  readManifest,
  UNLISTED,
} from '@edgelift/bundle'
import { hexOf, TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import type { ImageTarPlan, Store } from '@edgelift/oci'
import { isPackedAlone } from '../assemble/packed-content.ts'
import { removeParts } from '../assemble/split-archive.ts'
import { imageTarOf, type WrittenArchive, writeCompanions } from '../assemble/write-archive.ts'
import type { Signing } from '../assemble/write-signature.ts'
import { embeddedFile } from '../embedded/embedded.ts'
import type { ArchivePlan, PlanEntry } from '../plan/archive-plan.ts'
import type { InstallerFiles } from '../plan/installer-files.ts'
import type { Older } from './older.ts'

export interface DeltaOptions extends Partial<Pick<Signing, 'key' | 'signing'>> {
  readonly plan: ArchivePlan
  /** The full archive, as it was written. */
  readonly archive: WrittenArchive
  readonly older: Older
  readonly installer: InstallerFiles
  readonly store: Store
  readonly out: string
  readonly signal: AbortSignal
}

/** Something that the delta carries: its path in it, and its content. */
interface Carried {
  readonly path: string
  readonly size: number
  readonly compress: boolean
  readonly body: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/**
 * Writes `<name>.from-<old version>.delta.tar.gz`: what completes an older archive to this one, byte for byte. It
 * carries the files and blobs that the older one lacks, the full archive's records with its signature, and a launcher. Beside it
 * lie `.sha256`, and with a key `.minisig`: no record inside speaks of the launcher, which root runs.
 */
export async function writeDelta(options: DeltaOptions): Promise<WrittenArchive> {
  const { plan, archive, older, out, signal } = options
  const name = `${plan.name}.from-${older.version}.delta`
  const file = path.join(out, `${name}.tar.gz`)
  const records = await recordsOf(archive.file)
  const { recipe, carried } = await recipeOf(options, records)
  const own = [
    bytesOf(DELTA_PATHS.recipe, Buffer.from(`${JSON.stringify(recipe)}\n`)),
    bytesOf('installer.mjs', options.installer.get('installer.mjs') ?? new Uint8Array()),
    ...[...records].map(([record, bytes]) => bytesOf(record, bytes)),
  ]
  const launcher = Buffer.from(embeddedFile('launcher/complete') ?? '')
  const { key, signing } = options
  const writer = await archiveWriter({ out: file, top: name, blake2b: key !== undefined })
  try {
    await writer.file({ path: 'edgelift', mode: '0755', size: launcher.length, compress: true }, [launcher])
    for (const one of [...own, ...carried].sort((a, b) => (a.path < b.path ? -1 : 1))) {
      signal.throwIfAborted()
      await writer.file({ ...one, mode: '0644' }, one.body())
    }
    // What is beside an earlier delta must not speak of the new one; its parts may be another's.
    await rm(`${file}.sha256`, { force: true })
    if (key === undefined) await rm(`${file}.minisig`, { force: true })
    await removeParts(file)
    const written = { file, ...(await writer.finish()) }
    await writeCompanions(written, { release: plan.release, key, signing })
    return written
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** `manifest.json`, `SHA256SUMS` and the signature, to the byte. */
async function recordsOf(archive: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const inside = (name: string): string => name.slice(name.indexOf('/') + 1)
  const { files } = await readArchive(archive, { keep: (name) => UNLISTED.has(inside(name)) })
  return new Map(
    files.flatMap(({ path: name, content }) => (content === undefined ? [] : [[inside(name), content]])),
  )
}

async function recipeOf(
  { plan, older, store }: DeltaOptions,
  records: ReadonlyMap<string, Uint8Array>,
): Promise<{ recipe: Delta; carried: Carried[] }> {
  const manifest = readManifest(records.get('manifest.json') ?? new Uint8Array(), 'manifest.json')
  const hexes = new Map(manifest.files.map((file) => [file.path, hexOfIntegrity(file.integrity)]))
  const carried = new Map<string, Carried>()
  const files: DeltaFile[] = []
  for (const entry of plan.entries) {
    const has = older.contents.has(hexes.get(entry.path) ?? '')
    const source = has ? 'base' : await sourceOf(entry, { older, store, carried })
    files.push({ path: entry.path, pack: packOf(entry), source })
  }
  const base = { name: older.name, version: older.version }
  return {
    recipe: { format: 'edgelift/delta/v1', name: plan.name, base, files },
    carried: [...carried.values()],
  }
}

async function sourceOf(
  entry: PlanEntry,
  { older, store, carried }: { older: Older; store: Store; carried: Map<string, Carried> },
): Promise<DeltaFile['source']> {
  const { content, path: name, compress } = entry
  if (content.kind === 'image') {
    return partsOf(await imageTarOf(content.image, store), (hex, size, digest) => {
      if (older.contents.has(hex)) return
      const file = `${DELTA_PATHS.blobs}/${hex}`
      carried.set(file, { path: file, size, compress, body: () => store.read({ digest, size }, file) })
    })
  }
  const file = `${DELTA_PATHS.files}/${name}`
  const { bytes, size, body } =
    content.kind === 'bytes'
      ? { bytes: content.bytes, size: content.bytes.length, body: () => [content.bytes] }
      : { bytes: undefined, size: content.size, body: () => store.read(content, name) }
  carried.set(file, { path: file, size: bytes?.length ?? size, compress, body })
  return 'delta'
}

/** A tarball as blobs and the bytes between them; `onBlob` is told each blob. */
function partsOf(
  tar: ImageTarPlan,
  onBlob: (hex: string, size: number, digest: NonNullable<ImageTarPlan['entries'][number]['digest']>) => void,
): DeltaPart[] {
  const parts: DeltaPart[] = []
  let between: Uint8Array[] = []
  const flush = (): void => {
    if (between.length > 0) parts.push({ bytes: Buffer.concat(between).toString('base64') })
    between = []
  }
  for (const { path: name, size, digest, bytes } of tar.entries) {
    between.push(tarHeader({ path: name, size, mode: 0o644, type: 'file' }))
    if (digest === undefined) between.push(bytes ?? new Uint8Array())
    else {
      flush()
      parts.push({ blob: hexOf(digest), size })
      onBlob(hexOf(digest), size, digest)
    }
    between.push(new Uint8Array(tarPadding(size)))
  }
  between.push(TAR_END)
  flush()
  return parts
}

function packOf(entry: PlanEntry): DeltaFile['pack'] {
  if (isPackedAlone(entry)) return 'alone'
  return entry.compress ? 'deflated' : 'stored'
}

function bytesOf(name: string, bytes: Uint8Array): Carried {
  return { path: name, size: bytes.length, compress: true, body: () => [bytes] }
}
