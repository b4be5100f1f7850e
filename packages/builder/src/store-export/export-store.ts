import { createHash } from 'node:crypto'
import path from 'node:path'
import {
  type Digest,
  type Report,
  replaceFile,
  sweepAbandoned,
  TAR_END,
  type Text,
  tarPadding,
  writeAll,
  writeFileAtomic,
} from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { isDamage, withFix } from './damage.ts'
import { blobHeader, type ExportedBlob, type ExportIndex, FORMAT, indexHeader, placesOf } from './format.ts'

export interface Exported {
  readonly file: string
  /** Bytes of the file. */
  readonly size: number
  readonly sha256: string
  readonly blobs: number
}

/**
 * Writes blobs of a store into one file, and `<file>.sha256` beside it. The same blobs give the same bytes. What killed exports
 * to this file have left an hour ago or earlier is removed.
 * @param digests what is exported; all of it is in the store, which the caller holds with `use()`
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH when the store is damaged
 */
export async function exportStore(
  store: Store,
  digests: Iterable<Digest>,
  { file, report, signal }: { readonly file: string; readonly report: Report; readonly signal: AbortSignal },
): Promise<Exported> {
  await Promise.all([sweepAbandoned(file), sweepAbandoned(`${file}.sha256`)])
  const blobs: ExportedBlob[] = []
  for (const digest of [...new Set(digests)].sort())
    blobs.push({ digest, size: (await store.size(digest)) ?? 0 })
  const index = Buffer.from(`${JSON.stringify({ format: FORMAT, blobs } satisfies ExportIndex)}\n`)
  const total = placesOf(index.length, blobs).end + TAR_END.length
  const label = path.basename(file)
  const hash = createHash('sha256')
  let done = 0
  await replaceFile(file, 0o644, async (handle) => {
    const put = async (...pieces: readonly Uint8Array[]): Promise<void> => {
      for (const piece of pieces) {
        hash.update(piece)
        done += piece.length
      }
      await writeAll(handle, pieces)
      report({ type: 'transfer', id: file, label, done, total })
    }
    await put(indexHeader(index.length), index, Buffer.alloc(tarPadding(index.length)))
    for (const blob of blobs) {
      await put(blobHeader(blob))
      for await (const piece of wholeOf(store, blob)) {
        signal.throwIfAborted()
        await put(piece)
      }
      await put(Buffer.alloc(tarPadding(blob.size)))
    }
    await put(TAR_END)
  })
  const sha256 = hash.digest('hex')
  await writeFileAtomic(`${file}.sha256`, `${sha256}  ${label}\n`)
  return { file, size: done, sha256, blobs: blobs.length }
}

/** @throws DIGEST_MISMATCH, SIZE_MISMATCH with what mends the store: to read it again does not */
async function* wholeOf(store: Store, blob: ExportedBlob): AsyncGenerator<Uint8Array> {
  try {
    yield* store.read(blob, `${store.root}: ${blob.digest}`)
  } catch (error) {
    throw isDamage(error) ? withFix(error, MEND) : error
  }
}

const MEND: Text = {
  en: 'run "edgelift store verify", which removes what is damaged; build or import that again, then export',
  zh: '请运行 "edgelift store verify" 删除损坏内容；重新构建或导入缺少的内容后再导出',
}
