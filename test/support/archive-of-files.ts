import { createHash } from 'node:crypto'
import { archiveWriter, formatManifest, formatSums } from '@edgelift/bundle'
import { sampleManifest } from '../../packages/bundle/src/manifest.sample.ts'

/** Of one file. */
export interface Content {
  readonly size: number
  readonly pieces: Iterable<Uint8Array>
}

/** Writes an archive that verifies, of these files alone. */
export async function archiveOfFiles(out: string, contents: Iterable<Content>): Promise<void> {
  const writer = await archiveWriter({ out, top: 'many' })
  const sums = new Map<string, string>()
  const files: object[] = []
  for (const { size, pieces } of contents) {
    const name = `files/${String(files.length).padStart(5, '0')}`
    const entry = { path: name, mode: '0644' as const, size }
    const hex = await writer.file({ ...entry, compress: true }, pieces)
    const integrity = `sha256-${Buffer.from(hex, 'hex').toString('base64')}`
    files.push({ ...entry, integrity, origin: { kind: 'edgelift' as const, version: '0' }, neededBy: [] })
    sums.set(name, hex)
  }
  const packed = await writer.seal()
  const manifest = formatManifest({ ...sampleManifest, name: 'many', packed, files })
  sums.set('manifest.json', createHash('sha256').update(manifest).digest('hex'))
  for (const [name, bytes] of [
    ['manifest.json', manifest],
    ['SHA256SUMS', Buffer.from(formatSums(sums))],
  ] as const)
    await writer.file({ path: name, mode: '0644', size: bytes.length, compress: false }, [bytes])
  await writer.finish()
}
