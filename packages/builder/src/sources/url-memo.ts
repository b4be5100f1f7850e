import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { digestOf, hexOf, isDigest, isErrno, writeFileWhole } from '@edgelift/core'
import { z } from 'zod'

/** What a URL was when it was last downloaded whole into this store. */
const Memo = z.object({
  url: z.string(),
  digest: z.custom<`sha256:${string}`>((value) => typeof value === 'string' && isDigest(value)),
  size: z.number().int().nonnegative(),
  /** The server's entity tag: a weak one says too little. */
  etag: z.string().optional(),
  /** What upstream's checksum file said then. */
  integrity: z.string().optional(),
})
export type UrlMemo = z.infer<typeof Memo>

/** Undefined when nothing, or nothing that can be read, is remembered. */
export async function recall(storeRoot: string, url: string): Promise<UrlMemo | undefined> {
  const text = await readFile(fileOf(storeRoot, url), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return ''
    throw error
  })
  const parsed = Memo.safeParse(text === '' ? undefined : jsonOf(text))
  return parsed.success && parsed.data.url === url ? parsed.data : undefined
}

export async function remember(storeRoot: string, memo: UrlMemo): Promise<void> {
  const file = fileOf(storeRoot, memo.url)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFileWhole(file, `${JSON.stringify(memo)}\n`)
}

function fileOf(storeRoot: string, url: string): string {
  return path.join(storeRoot, 'urls', `${hexOf(digestOf(url))}.json`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a file that somebody else wrote: it is rewritten
  }
}
