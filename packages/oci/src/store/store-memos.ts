import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Digest, hexOf, isDigest, parseJson, readOwn, removeOwn } from '@edgelift/core'
import { gone, sizeOf } from './store-files.ts'

/**
 * What the store remembers beside its blobs, one small JSON file each: what a URL was (`urls`), what a content is once it
 * is compressed (`packed`), what a chart renders to (`rendered`), which archive a build gave (`builds`). Losing one costs work and never changes a result.
 */
const OF_BLOBS = ['urls', 'packed', 'rendered']
const OF_BUILDS = 'builds'

/** Removes what is remembered of blobs that are gone, and of builds before a time. */
export async function pruneMemos(root: string, before: Date): Promise<void> {
  for (const folder of OF_BLOBS) {
    for (const file of await filesIn(path.join(root, folder))) {
      const digest = await digestIn(file)
      const blob = digest && path.join(root, 'blobs', 'sha256', hexOf(digest))
      if (blob === undefined || (await sizeOf(blob)) === undefined) await removeOwn(file)
    }
  }
  for (const file of await filesIn(path.join(root, OF_BUILDS))) {
    const found = await stat(file).catch(gone)
    if (found !== undefined && found.mtime < before) await removeOwn(file)
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(gone)) ?? []
  return names.filter((name) => name.endsWith('.json')).map((name) => path.join(folder, name))
}

async function digestIn(file: string): Promise<Digest | undefined> {
  try {
    const { digest } = parseJson(String(await readOwn(file))) as { digest?: unknown }
    return typeof digest === 'string' && isDigest(digest) ? digest : undefined
  } catch {
    return undefined // cut or foreign
  }
}
