import { createHash } from 'node:crypto'
import { archiveWriter, formatSums } from '@edgelift/bundle'
import { sampleManifest } from '../../../packages/bundle/src/manifest.sample.ts'

/** An archive of `count` files of zeros, each `size` bytes long: it takes about a thousandth of that on the disk. */
export async function archiveOfZeros(
  out: string,
  { count, size }: { readonly count: number; readonly size: number },
): Promise<void> {
  const writer = await archiveWriter({ out, top: 'many' })
  const sums = new Map<string, string>()
  const files = []
  for (let number = 0; number < count; number++) {
    const name = `files/${String(number).padStart(5, '0')}`
    const entry = { path: name, mode: '0644' as const, size }
    const hex = await writer.file({ ...entry, compress: true }, zeros(size))
    const integrity = `sha256-${Buffer.from(hex, 'hex').toString('base64')}`
    files.push({ ...entry, integrity, origin: { kind: 'edgelift' as const, version: '0' }, neededBy: [] })
    sums.set(name, hex)
  }
  const packed = await writer.seal()
  const manifest = Buffer.from(JSON.stringify({ ...sampleManifest, name: 'many', packed, files }))
  sums.set('manifest.json', createHash('sha256').update(manifest).digest('hex'))
  for (const [name, bytes] of [
    ['manifest.json', manifest],
    ['SHA256SUMS', Buffer.from(formatSums(sums))],
  ] as const)
    await writer.file({ path: name, mode: '0644', size: bytes.length, compress: false }, [bytes])
  await writer.finish()
}

const BLOCK = Buffer.alloc(1024 * 1024)

function* zeros(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, Math.min(left, BLOCK.length))
}
