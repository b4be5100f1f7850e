import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { archiveWriter, formatSums } from '@edgelift/bundle'
import { sampleManifest } from '../../packages/bundle/src/manifest.sample.ts'
import { type Ground, ONE_ARCHIVE, prepare } from './ground.ts'
import { type Row, row } from './measure.ts'

const LIMIT = 160 // MB
const HUGE = 2_000_000_000 // bytes of one layer
const FILES = 10_000

/** The most memory that the program holds, against the budget: a layer of two gigabytes, and an archive of many files. */
export async function memoryRows(folder: string): Promise<Row[]> {
  await using ground = await prepare(folder, { huge: HUGE })
  const built = await ground.build(ONE_ARCHIVE)
  const verified = await verify(ground, path.join(folder, 'out', 'small-cloud-amd64.tar.gz'))
  const many = await verify(ground, await archiveOfMany(path.join(folder, 'many')))
  return [
    peakRow('P7-build', 'build with a layer of 2 GB', built.peak),
    peakRow('P7-verify', 'verify with a layer of 2 GB', verified),
    peakRow('P7-files', `verify with ${FILES} files`, many),
  ]
}

/** @param bytes that a program held at most */
export function peakRow(id: string, work: string, bytes: number): Row {
  return row({ id, what: `memory of ${work} / the budget (MB)`, goal: 1, ours: bytes / 1e6, peer: LIMIT })
}

async function verify({ program }: Ground, archive: string): Promise<number> {
  const ran = await program.run(['verify', archive])
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.peak
}

async function archiveOfMany(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const out = path.join(folder, 'many.tar.gz')
  const writer = await archiveWriter({ out, top: 'many' })
  const sums = new Map<string, string>()
  const files = []
  for (let number = 0; number < FILES; number++) {
    const name = `files/${String(number).padStart(5, '0')}`
    const body = Buffer.from(`file ${number}\n`.repeat(500))
    const entry = { path: name, mode: '0644' as const, size: body.length }
    const hex = await writer.file({ ...entry, compress: true }, [body])
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
  return out
}
