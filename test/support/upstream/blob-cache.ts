import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { CHUNK, writeFileAtomic } from '@edgelift/core'
import { z } from 'zod'
import { type ImageRecipe, writeLayer } from '../images/recipe.ts'
import { testCache } from '../kubernetes/parts.ts'

/** A gzipped tar in the test cache: an image's layer, or a tarball to download. */
export interface TarBlob {
  readonly digest: string
  readonly file: string
  readonly size: number
  /** Of the tar without its compression. */
  readonly diffId: string
}

const Memo = z.object({ digest: z.string(), size: z.number(), diffId: z.string() })

/** What a tar is made of, as in a recipe of an image. */
export type TarContent = Pick<ImageRecipe, 'files' | 'symlinks'>

/** The gzipped tar of this content, made once for the same sources: same bytes, or same file, size and time. */
export async function gzippedTar(content: TarContent): Promise<TarBlob> {
  return cachedTar(await keyOf(content), async (folder) => {
    const tar = path.join(folder, 'layer.tar')
    await writeLayer({ reference: 'layer', platform: 'linux/amd64', ...content }, tar)
    return tar
  })
}

/** As {@link gzippedTar}, for a tar (plain, or gzipped already) that `make` writes into a folder of its own. */
export async function cachedTar(key: string, make: (folder: string) => Promise<string>): Promise<TarBlob> {
  const memo = path.join(folderOf('memo'), `${createHash('sha256').update(key).digest('hex')}.json`)
  const known = await recall(memo)
  if (known !== undefined) return known
  await mkdir(folderOf('blobs'), { recursive: true })
  await mkdir(folderOf('memo'), { recursive: true })
  await sweep(folderOf('blobs'))
  const work = await mkdtemp(path.join(folderOf('blobs'), '.making-'))
  try {
    const made = await gzipFile(await make(work), path.join(work, 'gzipped'))
    const file = blobFile(made.digest)
    await rename(path.join(work, 'gzipped'), file)
    await writeFileAtomic(memo, JSON.stringify(made))
    return { ...made, file }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const ABANDONED = 3_600_000 // making a blob takes seconds: after an hour its maker has been killed

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('.making-')) continue
    const place = path.join(folder, name)
    const made = await stat(place).catch(() => undefined)
    if (made !== undefined && Date.now() - made.mtimeMs > ABANDONED)
      await rm(place, { recursive: true, force: true })
  }
}

/** A key for content on this machine: another size or time means other bytes. */
export async function keyOfFile(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file)
  return `${path.resolve(file)} ${size} ${mtimeMs}`
}

async function keyOf(content: TarContent): Promise<string> {
  const files = content.files.map(async ({ path: name, mode, source }) => {
    const own =
      typeof source === 'string' ? await keyOfFile(source) : createHash('sha256').update(source).digest('hex')
    return `${name} ${mode} ${own}`
  })
  return JSON.stringify(['tar 1', await Promise.all(files), content.symlinks ?? {}])
}

async function recall(memo: string): Promise<TarBlob | undefined> {
  const text = await readFile(memo, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const known = Memo.parse(JSON.parse(text))
  const file = blobFile(known.digest)
  const size = await stat(file).then(
    (found) => found.size,
    () => -1,
  )
  return size === known.size ? { ...known, file } : undefined
}

/** Level 1: what is served here is fetched over loopback, so time counts and size does not. */
async function gzipFile(from: string, to: string): Promise<z.infer<typeof Memo>> {
  const raw = createHash('sha256')
  const packed = createHash('sha256')
  let size = 0
  await pipeline(
    createReadStream(from, { highWaterMark: CHUNK }),
    tap((chunk) => raw.update(chunk)),
    createGzip({ level: 1, chunkSize: CHUNK }),
    tap((chunk) => {
      packed.update(chunk)
      size += chunk.length
    }),
    createWriteStream(to),
  )
  return { digest: `sha256:${packed.digest('hex')}`, size, diffId: `sha256:${raw.digest('hex')}` }
}

function tap(see: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      see(chunk)
      done(null, chunk)
    },
  })
}

function blobFile(digest: string): string {
  return path.join(folderOf('blobs'), digest.slice('sha256:'.length))
}

function folderOf(kind: 'blobs' | 'memo'): string {
  return path.join(testCache(), 'upstream', kind)
}
