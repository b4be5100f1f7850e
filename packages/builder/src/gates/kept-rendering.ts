import path from 'node:path'
import { digestOf, EdgeliftError, hexOf } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { readStoreMemo, writeStoreMemo } from '../sources/store-memo.ts'
import type { Rendered } from './helm.ts'

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
    const bytes = Buffer.from(rendered.text)
    await writeStoreMemo(file, { digest: await store.putBytes(bytes), size: bytes.length })
  }
  return rendered
}

async function keptText(store: Store, file: string): Promise<string | undefined> {
  const digest = (await readStoreMemo(file))?.digest
  if (digest === undefined || (await store.check(digest)) === undefined) return undefined
  try {
    return Buffer.from(await store.readBytes(digest, file, LIMIT)).toString('utf8')
  } catch (error) {
    if (error instanceof EdgeliftError) return undefined // gone or damaged meanwhile
    throw error
  }
}
