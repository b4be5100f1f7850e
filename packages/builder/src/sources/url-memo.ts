import path from 'node:path'
import { digestOf, hexOf, isDigest, readOwn, writeOwn } from '@edgelift/core'
import { z } from 'zod'
import { jsonOf } from './store-memo.ts'

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
  const parsed = Memo.safeParse(jsonOf(await readOwn(fileOf(storeRoot, url))))
  return parsed.success && parsed.data.url === url ? parsed.data : undefined
}

export async function remember(storeRoot: string, memo: UrlMemo): Promise<void> {
  await writeOwn(fileOf(storeRoot, memo.url), `${JSON.stringify(memo)}\n`)
}

function fileOf(storeRoot: string, url: string): string {
  return path.join(storeRoot, 'urls', `${hexOf(digestOf(url))}.json`)
}
