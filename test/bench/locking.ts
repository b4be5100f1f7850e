import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { bundledProgram } from '../support/building/program.ts'
import { extendShipped } from '../support/building/shipped-release.ts'
import { releaseCharts } from '../support/upstream/charts.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'
import { type Row, row } from './measure.ts'

const CPU = 2 // seconds

/** The shipped release is locked again and nothing has changed: round trips, and processor time. */
export async function lockRows(folder: string): Promise<Row[]> {
  const { file } = await bundledProgram(path.join(folder, 'program'))
  const charts = await releaseCharts()
  await using upstream = await startUpstream({ content: await releaseContent({ charts, note: () => {} }) })
  const config = path.join(folder, 'config.yaml')
  await writeFile(config, upstream.config)
  const release = await extendShipped(folder, { charts })
  const args = [file, 'lock', release, '--config', config, '--store', path.join(folder, 'store'), '--quiet']
  await mustExec(exec, process.execPath, args)
  const allowed = await tripsAllowed(upstream, release)
  upstream.served.reset()
  const { user, sys } = await timed([process.execPath, ...args])
  const trips = upstream.served.requests
  return [
    row({
      id: 'P10',
      what: 'round trips of a lock that changes nothing / 3 an image and platform, 1 a file',
      goal: 1,
      ours: trips,
      peer: allowed,
    }),
    row({ id: 'P10-cpu', what: 'its processor time / 2 s (s)', goal: 1, ours: user + sys, peer: CPU }),
  ]
}

/**
 * For the images of the lock, each for one platform, and for the files that the first run has asked for: upstream has published
 * more than the release needs.
 */
async function tripsAllowed({ served }: Upstream, release: string): Promise<number> {
  const lock = await readFile(release.replace(/\.yaml$/, '.lock.json'), 'utf8')
  const { images } = JSON.parse(lock) as { images: unknown[] }
  const paths = new Set(served.log.map((one) => one.path))
  const files = [...paths].filter((one) => !one.startsWith('/v2/') && one !== '/token')
  return 3 * images.length + files.length
}

/** Processor seconds of a command, as the shell counts them. */
async function timed(command: readonly string[]): Promise<{ readonly user: number; readonly sys: number }> {
  const line = `${command.map((word) => `'${word}'`).join(' ')} >/dev/null; times`
  const stdout = await mustExec(exec, 'sh', ['-c', line])
  const [, children = ''] = stdout.trim().split('\n')
  const [user = 0, sys = 0] = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, m, s]) => 60 * Number(m) + Number(s),
  )
  return { user, sys }
}
