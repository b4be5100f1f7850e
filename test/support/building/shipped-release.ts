import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Charts, chartOverrides, releaseCharts } from '../upstream/charts.ts'
import { repositoryRoot } from '../upstream/places.ts'
import { releaseContent } from '../upstream/release-content.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import type { Program } from './program.ts'

export interface ShippedRelease {
  /** The release's file, its lock beside it. */
  readonly release: string
  /** `--config` and `--store` for every further command. */
  readonly options: readonly string[]
  /** Cloud and edge, linux/amd64, sorted. */
  readonly archives: readonly string[]
  readonly upstream: Upstream
}

/**
 * Writes a release that is a shipped one, with the charts that can be had here.
 * @returns its file, in `folder`
 */
export async function extendShipped(
  folder: string,
  { charts, name = 'kubeedge-1.22.0' }: { readonly charts: Charts; readonly name?: string },
): Promise<string> {
  const file = path.join(folder, `${name}.yaml`)
  const shipped = path.relative(folder, path.join(repositoryRoot, 'manifests', `${name}.yaml`))
  await writeFile(file, `extends: ${shipped}\n${chartOverrides(charts)}`)
  return file
}

/** The shipped release, locked and built in `folder` against the embedded upstream, which goes on running. */
export async function shippedRelease(program: Program, folder: string): Promise<ShippedRelease> {
  await mkdir(folder, { recursive: true })
  const charts = await releaseCharts()
  const upstream = await startUpstream({ content: await releaseContent({ charts }) })
  const config = path.join(folder, 'edgelift.config.yaml')
  await writeFile(config, upstream.config)
  const release = await extendShipped(folder, { charts })
  const options = ['--config', config, '--store', path.join(folder, 'store')]
  const out = path.join(folder, 'dist')
  for (const args of [
    ['lock', release],
    ['build', release, '--platform', 'linux/amd64', '--out', out],
  ]) {
    const { code, stderr } = await program.run([...args, ...options])
    if (code !== 0) throw new Error(stderr)
  }
  const names = (await readdir(out)).filter((name) => name.endsWith('.tar.gz')).sort()
  return { release, options, archives: names.map((name) => path.join(out, name)), upstream }
}
