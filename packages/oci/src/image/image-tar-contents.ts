import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { fail } from '../codes.ts'
import { entriesOfTar } from '../tar/tar-entries.ts'
import { type LayerContent, layerUnpacker } from './layer-content.ts'

/** One file of a tar. */
export interface TarContent {
  readonly size: number
  readonly digest: string
  /** Only of what may be JSON. */
  readonly bytes?: Uint8Array
  /** Only of what was to be unpacked. */
  readonly unpacked?: LayerContent
}

export interface ContentsOptions {
  /** Whether to unpack the file at this path as a layer, by what came before it. */
  readonly unpacks?: (path: string, before: ReadonlyMap<string, TarContent>) => boolean
  /** Bytes to which a layer may unpack. */
  readonly layerLimit?: number
}

const JSON_LIMIT = 4 * 1024 * 1024 // what containerd and registries accept as a manifest
const JSON_TOTAL = 32 * 1024 * 1024

/**
 * Every file of a tar by its path, hashed as it passes. JSON documents (they begin with `{` or `[`) are kept in
 * memory, within limits; nothing else is.
 * @throws IMAGE_TAR_INVALID for anything but files, and for a path that stands twice; MEDIA_TYPE_REFUSED for a layer in zstd
 *   where this Node cannot read it
 */
export async function readContents(
  stream: Readable,
  what: string,
  { unpacks, layerLimit }: ContentsOptions = {},
): Promise<Map<string, TarContent>> {
  const contents = new Map<string, TarContent>()
  let kept = 0
  for await (const { header, body } of entriesOfTar(stream, { what })) {
    if (header.type === 'directory') continue
    if (header.type !== 'file' || contents.has(header.name)) throw unexpected(what, header.name)
    const hash = createHash('sha256')
    const isLayer = unpacks?.(header.name, contents) === true
    const layer = isLayer ? layerUnpacker(`${what}: ${header.name}`, layerLimit) : undefined
    const chunks: Buffer[] = []
    let [size, mayBeJson] = [0, header.size <= JSON_LIMIT]
    for await (const chunk of body) {
      if (size === 0 && chunk[0] !== 0x7b && chunk[0] !== 0x5b) mayBeJson = false
      if (kept + chunk.length > JSON_TOTAL) mayBeJson = false
      hash.update(chunk)
      await layer?.write(chunk)
      size += chunk.length
      if (!mayBeJson) continue
      chunks.push(chunk)
      kept += chunk.length
    }
    const digest = `sha256:${hash.digest('hex')}`
    const unpacked = await layer?.end()
    contents.set(header.name, {
      ...{ size, digest },
      ...(mayBeJson ? { bytes: Buffer.concat(chunks) } : {}),
      ...(unpacked === undefined ? {} : { unpacked }),
    })
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
