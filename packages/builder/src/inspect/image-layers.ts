import path from 'node:path'
import { Readable } from 'node:stream'
import { type BundleManifest, contentsOfArchive, openArchive } from '@edgelift/bundle'
import { CHUNK, EdgeliftError, openRegular, type Report } from '@edgelift/core'
import { unpackImageTar } from '@edgelift/oci'
import { isDirectory } from './inspection.ts'

/** What the layers of an archive's images unpack to. */
export interface ImageLayers {
  readonly images: number
  /** Of all images; one that two images share counts twice. */
  readonly layers: number
  /** Bytes that they unpacked to. */
  readonly bytes: number
  /** What containerd would refuse on the node. */
  readonly problems: readonly EdgeliftError[]
}

/**
 * Unpacks all layers of an archive's images as containerd will do on the node, and holds each against its image's config.
 * Neither `lock` nor `build` does: a layer with the right digest may yet be no whole stream, or unpack to something else.
 * Nothing is written, and memory stays flat.
 * @param where the archive, its directory or any of its parts, verified before
 */
export async function unpackImages(
  where: string,
  manifest: BundleManifest,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<ImageLayers> {
  const files = new Set(manifest.images.map(({ file }) => file))
  const sizes = manifest.files.filter((file) => files.has(file.path)).map(({ size }) => size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const [id, label] = [`${where} layers`, `${path.basename(where)} layers`]
  let done = 0
  async function* metered(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      signal.throwIfAborted()
      done += chunk.length
      report({ type: 'transfer', id, label, done, total })
      yield chunk
    }
  }
  let found: ImageLayers = { images: 0, layers: 0, bytes: 0, problems: [] }
  try {
    for await (const { file, body } of imageFiles(where, files)) {
      const one = await unpackedImage(metered(body), `${where}: ${file}`)
      found = {
        images: found.images + 1,
        layers: found.layers + one.layers,
        bytes: found.bytes + one.bytes,
        problems: [...found.problems, ...one.problems],
      }
    }
  } finally {
    report({ type: 'transferred', id, label, fetched: 0 })
  }
  return found
}

async function unpackedImage(
  body: AsyncIterable<Buffer>,
  what: string,
): Promise<Pick<ImageLayers, 'layers' | 'bytes' | 'problems'>> {
  try {
    return await unpackImageTar(Readable.from(body, { objectMode: false, highWaterMark: CHUNK }), what)
  } catch (error) {
    if (error instanceof EdgeliftError) return { layers: 0, bytes: 0, problems: [error] }
    throw error
  }
}

async function* imageFiles(
  where: string,
  files: ReadonlySet<string>,
): AsyncGenerator<{ file: string; body: AsyncIterable<Buffer> }> {
  if (await isDirectory(where)) {
    for (const file of files) {
      const body = (await openRegular(path.join(where, file))).createReadStream({ highWaterMark: CHUNK })
      try {
        yield { file, body }
      } finally {
        body.destroy()
      }
    }
    return
  }
  await using source = await openArchive(where)
  for await (const { path: file, body } of contentsOfArchive(source))
    if (files.has(file)) yield { file, body }
}
