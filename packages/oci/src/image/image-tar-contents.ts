import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { fail } from '../codes.ts'
import { entriesOfTar } from '../tar/tar-entries.ts'

/** One file of a tar. */
export interface TarContent {
  readonly size: number
  readonly digest: string
  /** Only of what may be JSON. */
  readonly bytes?: Uint8Array
}

const JSON_LIMIT = 4 * 1024 * 1024 // what containerd and registries accept as a manifest
const JSON_TOTAL = 32 * 1024 * 1024

/**
 * Every file of a tar by its path, hashed as it passes. JSON documents (they begin with `{` or `[`) are kept in
 * memory, within limits; nothing else is.
 * @throws IMAGE_TAR_INVALID for anything but files, and for a path that stands twice
 */
export async function readContents(stream: Readable, what: string): Promise<Map<string, TarContent>> {
  const contents = new Map<string, TarContent>()
  let kept = 0
  for await (const { header, body } of entriesOfTar(stream, { what })) {
    if (header.type === 'directory') continue
    if (header.type !== 'file' || contents.has(header.name)) throw unexpected(what, header.name)
    const hash = createHash('sha256')
    const chunks: Buffer[] = []
    let [size, mayBeJson] = [0, header.size <= JSON_LIMIT]
    for await (const chunk of body) {
      if (size === 0 && chunk[0] !== 0x7b && chunk[0] !== 0x5b) mayBeJson = false
      if (kept + chunk.length > JSON_TOTAL) mayBeJson = false
      hash.update(chunk)
      size += chunk.length
      if (!mayBeJson) continue
      chunks.push(chunk)
      kept += chunk.length
    }
    const digest = `sha256:${hash.digest('hex')}`
    contents.set(header.name, { size, digest, ...(mayBeJson ? { bytes: Buffer.concat(chunks) } : {}) })
  }
  return contents
}

function unexpected(what: string, path: string): Error {
  return fail('IMAGE_TAR_INVALID', {
    what: { en: `${what}: ${path} is wrong`, zh: `${what}：${path} 有误` },
    because: { en: 'it stands twice, or is not a plain file', zh: '重复出现或不是普通文件' },
    fix: { en: 'build the archive again', zh: '请重新构建离线包' },
  })
}
