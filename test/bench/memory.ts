import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { bundledProgram } from '../support/building/program.ts'
import { smallRelease } from '../support/building/small-release.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { type Row, row } from './measure.ts'

const LIMIT = 200 // MB
const HUGE = 2_000_000_000 // bytes of one layer

/** The most memory that the program holds while a layer of two gigabytes passes through it, against the budget. */
export async function memoryRows(folder: string): Promise<Row[]> {
  const { content, write } = await smallRelease({ folder, huge: HUGE })
  await using upstream = await startUpstream({ content })
  await writeFile(path.join(folder, 'config.yaml'), upstream.config)
  const program = await bundledProgram(path.join(folder, 'program'))
  const release = await write(path.join(folder, 'release'))
  const places = ['--store', path.join(folder, 'store'), '--out', folder]
  const one = ['--role', 'cloud', '--platform', 'linux/amd64']
  const built = await program.run([
    'build',
    release,
    '--config',
    path.join(folder, 'config.yaml'),
    ...places,
    ...one,
  ])
  const verified = await program.run(['verify', path.join(folder, 'small-cloud-amd64.tar.gz')])
  for (const ran of [built, verified]) if (ran.code !== 0) throw new Error(ran.stderr)
  const peak = (id: string, work: string, bytes: number): Row =>
    row({
      id,
      what: `memory of ${work} with a layer of 2 GB / the budget (MB)`,
      goal: 1,
      ours: bytes / 1e6,
      peer: LIMIT,
    })
  return [peak('P7-build', 'build', built.peak), peak('P7-verify', 'verify', verified.peak)]
}
