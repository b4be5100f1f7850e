import path from 'node:path'
import { archiveOfFiles, type Content } from '../support/archive-of-files.ts'
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
  const files = path.join(folder, 'many.tar.gz')
  await archiveOfFiles(files, smallFiles())
  const many = await verify(ground, files)
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

function* smallFiles(): Generator<Content> {
  for (let number = 0; number < FILES; number++) {
    const body = Buffer.from(`file ${number}\n`.repeat(500))
    yield { size: body.length, pieces: [body] }
  }
}
