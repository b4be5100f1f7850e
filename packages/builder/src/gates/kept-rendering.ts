import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  type Digest,
  digestOf,
  EdgeliftError,
  hexOf,
  isDigest,
  isErrno,
  writeFileWhole,
} from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { z } from 'zod'
import type { Rendered } from './helm.ts'

const Memo = z.object({
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
})

const LIMIT = 256 * 1024 * 1024 // bytes of a rendered chart: more than helm prints

/**
 * What a chart renders to, from the store where it was rendered before; helm takes as much processor time as the rest of a
 * lock. The text is a blob, checked when it is read. What failed is not kept.
 * @param key of everything that the text depends on, helm itself among it
 */
export async function keptRendering(
  store: Store,
  key: string,
  render: () => Promise<Rendered>,
): Promise<Rendered> {
  const file = path.join(store.root, 'rendered', `${hexOf(digestOf(key))}.json`)
  const known = await keptText(store, file)
  if (known !== undefined) return { text: known }
  const rendered = await render()
  if ('text' in rendered) {
    const digest = await store.putBytes(Buffer.from(rendered.text))
    await mkdir(path.dirname(file), { recursive: true })
    await writeFileWhole(file, `${JSON.stringify({ digest })}\n`)
  }
  return rendered
}

async function keptText(store: Store, file: string): Promise<string | undefined> {
  const digest = await readMemo(file)
  if (digest === undefined || (await store.check(digest)) === undefined) return undefined
  try {
    return Buffer.from(await store.readBytes(digest, file, LIMIT)).toString('utf8')
  } catch (error) {
    if (error instanceof EdgeliftError) return undefined // gone or damaged meanwhile
    throw error
  }
}

async function readMemo(file: string): Promise<Digest | undefined> {
  try {
    return Memo.safeParse(JSON.parse(await readFile(file, 'utf8'))).data?.digest
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT')) return undefined // cut: rendered again and rewritten
    throw error
  }
}
