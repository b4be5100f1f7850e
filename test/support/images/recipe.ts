import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PLACEHOLDER_LABEL } from '@edgelift/bundle'
import { CHUNK, temporaryBeside } from '@edgelift/core'
import { type Pack, pack } from 'tar-stream'

/** What a test image is made of. Everything that is published of it follows from this, byte for byte. */
export interface ImageRecipe {
  /** Fully qualified: `docker.io/rancher/mirrored-pause:3.6`. */
  readonly reference: string
  readonly platform: 'linux/amd64' | 'linux/arm64'
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly env?: readonly string[]
  readonly user?: string
  readonly workingDir?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly files: readonly ImageFile[]
  /** Path in the image to what it points at. */
  readonly symlinks?: Readonly<Record<string, string>>
  /** True when its content only says what it stands for. */
  readonly placeholder?: boolean
}

export interface ImageFile {
  /** Absolute, in the image. */
  readonly path: string
  readonly mode: number
  /** A path on this machine, or the bytes themselves. */
  readonly source: string | Uint8Array
}

/** A layer that has been written: its uncompressed tar is the blob, so this is its diff ID, too. */
export interface WrittenLayer {
  /** `sha256:` and hexadecimal digits. */
  readonly digest: string
  readonly size: number
}

/** Writes the image's one layer, an uncompressed tar: sorted, all of root, no times. */
export async function writeLayer(recipe: ImageRecipe, file: string): Promise<WrittenLayer> {
  const hash = createHash('sha256')
  let size = 0
  await pipeline(
    Readable.from(layerBytes(recipe)),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        size += chunk.length
        yield chunk
      }
    },
    createWriteStream(file),
  )
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

/** The image's configuration (OCI image specification, config.md) around one layer. */
export function imageConfig(recipe: ImageRecipe, diffId: string): Uint8Array {
  const [os, architecture] = recipe.platform.split('/')
  const labels = { ...recipe.labels, ...(recipe.placeholder && { [PLACEHOLDER_LABEL]: recipe.reference }) }
  const config = {
    ...(recipe.entrypoint && { Entrypoint: recipe.entrypoint }),
    ...(recipe.cmd && { Cmd: recipe.cmd }),
    Env: recipe.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ...(recipe.user !== undefined && { User: recipe.user }),
    ...(recipe.workingDir !== undefined && { WorkingDir: recipe.workingDir }),
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
  }
  const created = '1970-01-01T00:00:00Z'
  const rootfs = { type: 'layers', diff_ids: [diffId] }
  const history = [{ created, created_by: 'a recipe of the tests' }]
  return Buffer.from(JSON.stringify({ created, architecture, os, config, rootfs, history }))
}

/**
 * Writes what `docker save` would: one layer, the configuration and `manifest.json` with the full name in RepoTags.
 * The same recipe gives the same bytes.
 */
export async function writeDockerArchive(recipe: ImageRecipe, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const work = await mkdtemp(path.join(path.dirname(file), '.image-'))
  try {
    const layer = path.join(work, 'layer.tar')
    const { digest, size } = await writeLayer(recipe, layer)
    const config = imageConfig(recipe, digest)
    const configName = `${createHash('sha256').update(config).digest('hex')}.json`
    const layerName = `${digest.slice('sha256:'.length)}/layer.tar`
    const manifest = JSON.stringify([
      { Config: configName, RepoTags: [recipe.reference], Layers: [layerName] },
    ])
    const partial = temporaryBeside(file)
    await pipeline(
      Readable.from(
        tarBytes([
          { path: configName, mode: 0o644, source: config, size: config.length },
          { path: layerName, mode: 0o644, source: layer, size },
          {
            path: 'manifest.json',
            mode: 0o644,
            source: Buffer.from(manifest),
            size: Buffer.byteLength(manifest),
          },
        ]),
      ),
      createWriteStream(partial),
    )
    await rename(partial, file)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

type Entry =
  | { readonly path: string; readonly directory: true }
  | { readonly path: string; readonly target: string }
  | (ImageFile & { readonly size: number })

async function* layerBytes(recipe: ImageRecipe): AsyncGenerator<Uint8Array> {
  const entries = new Map<string, Entry>()
  for (const file of recipe.files) {
    const name = file.path.replace(/^\/+/, '')
    const size = typeof file.source === 'string' ? (await stat(file.source)).size : file.source.length
    entries.set(name, { ...file, path: name, size })
  }
  for (const [link, target] of Object.entries(recipe.symlinks ?? {})) {
    const name = link.replace(/^\/+/, '')
    entries.set(name, { path: name, target })
  }
  for (const name of [...entries.keys()]) {
    for (let parent = path.dirname(name); parent !== '.'; parent = path.dirname(parent))
      if (!entries.has(parent)) entries.set(parent, { path: parent, directory: true })
  }
  yield* tarBytes([...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1)))
}

async function* tarBytes(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  const archive = pack()
  const filled = fill(archive, entries).catch((error: Error) => archive.destroy(error))
  yield* archive as AsyncIterable<Uint8Array>
  await filled
}

async function fill(archive: Pack, entries: readonly Entry[]): Promise<void> {
  const always = { uid: 0, gid: 0, mtime: new Date(0) }
  for (const entry of entries) {
    if ('directory' in entry) archive.entry({ ...always, name: entry.path, type: 'directory', mode: 0o755 })
    else if ('target' in entry)
      archive.entry({ ...always, name: entry.path, type: 'symlink', mode: 0o777, linkname: entry.target })
    else {
      const header = {
        ...always,
        name: entry.path,
        type: 'file',
        mode: entry.mode,
        size: entry.size,
      } as const
      const source =
        typeof entry.source === 'string'
          ? createReadStream(entry.source, { highWaterMark: CHUNK })
          : Readable.from([entry.source])
      await pipeline(source, archive.entry(header))
    }
  }
  archive.finalize()
}
