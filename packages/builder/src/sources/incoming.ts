import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { clearWay, digestOf, hexOf, readOwn, tryLock, writeOwn } from '@edgelift/core'
import { z } from 'zod'
import { jsonOf } from './store-memo.ts'

/** Where a download whose SHA-256 is not known arrives, so that an interrupted one resumes from its partial file. */
export interface Incoming extends AsyncDisposable {
  readonly file: string
  /** The strong entity tag of the bytes that are there; undefined where they cannot be resumed. */
  tag(): string | undefined
  /** A whole response begins, with this `ETag` header. */
  tagged(etag: string | undefined): Promise<void>
  /** The file has been used, or is not what it should be: the next download begins from 0. */
  discard(): Promise<void>
}

/** Bytes are trusted by their tag only as long as this machine has not restarted: a power loss may leave holes. */
const About = z.object({ url: z.string(), etag: z.string(), boot: z.string().min(1) })

const ABANDONED_AFTER = 24 * 60 * 60 * 1000 // ms: no transfer of a living process is silent for a day

/** One folder for each URL, under a lock; a process that finds the lock taken downloads into a folder of its own. */
export async function openIncoming(storeRoot: string, url: string): Promise<Incoming> {
  const incoming = path.join(storeRoot, 'incoming')
  await mkdir(incoming, { recursive: true })
  await removeAbandoned(incoming)
  const shared = path.join(incoming, hexOf(digestOf(url)))
  const lock = await tryLock(`${shared}.lock`)
  const folder =
    lock === undefined ? await mkdtemp(path.join(incoming, 'download-')) : await ownFolder(shared)
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
  const [file, about] = [path.join(folder, 'content'), path.join(folder, 'about.json')]
  await clearWay(file)
  let tag = await tagOf(about, { url, boot })
  return {
    file,
    tag: () => tag,
    async tagged(etag) {
      tag = etag?.startsWith('"') ? etag : undefined
      if (tag === undefined) await rm(about, { force: true })
      else await writeOwn(about, JSON.stringify({ url, etag: tag, boot }))
    },
    async discard() {
      tag = undefined
      await Promise.all([file, about].map((name) => rm(name, { force: true })))
    },
    async [Symbol.asyncDispose]() {
      if (lock === undefined || tag === undefined) await rm(folder, { recursive: true, force: true })
      await lock?.[Symbol.asyncDispose]()
    },
  }
}

/** None for what is absent, cut or foreign: the download begins again. */
async function tagOf(about: string, now: { url: string; boot: string }): Promise<string | undefined> {
  const { data } = About.safeParse(jsonOf(await readOwn(about)))
  return data?.url === now.url && data.boot === now.boot ? data.etag : undefined
}

/** Makes a folder that only the store writes to, in the place of a file, a pipe or a link to nowhere. */
async function ownFolder(folder: string): Promise<string> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) await rm(folder, { force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const folder = path.join(incoming, name)
    const touched = await stat(path.join(folder, 'content')).catch(() => stat(folder).catch(() => undefined))
    if (touched !== undefined && Date.now() - touched.mtimeMs > ABANDONED_AFTER) {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
