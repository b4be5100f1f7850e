import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip, gzipSync } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { type Bytes, readBytes, sizeOf } from './content.ts'

/** A small gzipped tar with another top folder. */
export async function renamedTar(
  source: Bytes,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Bytes> {
  const reader = extract()
  const packer = pack()
  const all = buffer(packer)
  reader.on('entry', (header, content, next) => {
    const name = header.name.startsWith(from) ? to + header.name.slice(from.length) : header.name
    content.pipe(packer.entry({ ...header, name }, next))
  })
  await pipeline(readBytes(source, 0, sizeOf(source)), createGunzip(), reader)
  packer.finalize()
  return { bytes: gzipSync(await all) }
}
