import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec, writeFileAtomic } from '@edgelift/core'
import { extendShipped } from './building/shipped-release.ts'
import { kubernetesImages } from './kubernetes/images.ts'
import { kubeEdgeImages, kubeEdgeParts } from './kubernetes/kubeedge/index.ts'
import { parts, testCache } from './kubernetes/parts.ts'
import { LINE_RELEASE, lineImage } from './line-release.ts'
import { NEXT_RELEASE, nextImages, nextPrograms } from './next-release.ts'
import { exists } from './nodes/cache.ts'
import { releaseCharts } from './upstream/charts.ts'
import { releaseContent } from './upstream/release-content.ts'
import { startUpstream } from './upstream/upstream.ts'
import { waitForLock } from './waiting-lock.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** The two archives for linux/amd64 that node tests install. */
export interface Archives {
  readonly cloud: string
  readonly edge: string
}

/**
 * The shipped release, locked and built by the real command line against the embedded upstream with real Kubernetes parts
 * and the doubles (or what `EDGELIFT_UPSTREAM_DIR` holds). Made once in a run of the tests, and from what earlier runs
 * have left of the same content.
 */
export function releaseArchives(): Promise<Archives> {
  return archivesOf('kubeedge-1.22.0')
}

/**
 * The release after the shipped one, manifests/kubeedge-1.22.2.yaml, with one thing more that an upgrade has to cope with:
 * another image of EdgeMesh's agent, which runs on cloud and edges, and of which upstream has no newer one.
 */
export function nextReleaseArchives(): Promise<Archives> {
  return archivesOf('next')
}

/** The second shipped release, manifests/kubeedge-1.22.2.yaml. */
export function secondReleaseArchives(): Promise<Archives> {
  return archivesOf('kubeedge-1.22.2')
}

/** What a site's own release adds to the shipped one, as deltas against `releaseArchives()`: see line-release.ts. */
export async function lineDeltas(): Promise<Archives> {
  return archivesOf('line', await releaseArchives())
}

const SHIPPED = ['kubeedge-1.22.0', 'kubeedge-1.22.2'] as const
type ReleaseName = (typeof SHIPPED)[number] | 'next' | 'line'

/** @param since against which deltas are made, in place of archives */
async function archivesOf(release: ReleaseName, since?: Archives): Promise<Archives> {
  await mkdir(path.join(root, 'dist'), { recursive: true })
  await using _lock = await waitForLock(path.join(root, 'dist', 'archives.lock'))
  const note = path.join(root, 'dist', 'archives.json')
  const run = process.env.EDGELIFT_TEST_RUN
  const made = await readFile(note, 'utf8').then(JSON.parse, () => undefined)
  const known = run !== undefined && made?.run === run ? made.archives : {}
  if (known[release] !== undefined) return known[release]
  const archives = await makeArchives(release, since)
  await writeFileAtomic(note, JSON.stringify({ run, archives: { ...known, [release]: archives } }))
  return archives
}

async function makeArchives(release: ReleaseName, since: Archives | undefined): Promise<Archives> {
  const shippedPrograms = { ...(await parts()), ...(await kubeEdgeParts()) }
  const programs = { ...shippedPrograms, ...(await nextPrograms(shippedPrograms)) }
  const images = [
    ...(await kubernetesImages('linux/amd64')),
    ...(await kubeEdgeImages()),
    ...(await nextImages()),
    await lineImage(),
  ]
  const charts = await releaseCharts()
  const content = await releaseContent({ programs, images, charts })
  await mustExec(exec, process.execPath, ['scripts/bundle.mjs'], { cwd: root })
  const key = createHash('sha256')
  for (const file of content.files) key.update(`${file.url} ${file.etag ?? ''}\n`)
  for (const image of content.images) key.update(`${image.reference} ${image.root}\n`)
  // Their locks are kept beside the archives.
  for (const name of SHIPPED) key.update(await readFile(path.join(root, `manifests/${name}.yaml`)))
  key.update(NEXT_RELEASE + LINE_RELEASE)
  const name = key.digest('hex').slice(0, 12)
  // Archives hold this checkout's installer; what was fetched for them is the same for every checkout.
  const folder = path.join(root, 'dist', 'archives', name)
  const store = path.join(testCache(), 'archives', name)
  await mkdir(folder, { recursive: true })
  await using upstream = await startUpstream({ content })
  await writeFile(path.join(folder, 'edgelift.config.yaml'), upstream.config)
  for (const name of SHIPPED) await extendShipped(folder, { charts, name })
  await writeFile(path.join(folder, 'next.yaml'), NEXT_RELEASE)
  await writeFile(path.join(folder, 'line.yaml'), LINE_RELEASE)
  const file = path.join(folder, `${release}.yaml`)
  const common = ['--config', path.join(folder, 'edgelift.config.yaml'), '--store', store]
  const run = (...args: string[]) =>
    mustExec(exec, process.execPath, [path.join(root, 'dist/edgelift.mjs'), ...args, ...common], {
      timeout: 600_000,
    })
  if (!(await exists(path.join(folder, `${release}.lock.json`)))) await run('lock', file)
  await removeStale(path.dirname(folder), { except: name, days: 0 })
  await removeStale(path.dirname(store), { except: name, days: 1 })
  // Two releases may give their archives the same names.
  const out = path.join(folder, release)
  const build = ['build', file, '--platform', 'linux/amd64', '--out', out]
  if (since === undefined) await run(...build)
  else
    for (const role of ['cloud', 'edge'] as const)
      await run(...build, '--role', role, '--since', since[role], '--only-delta')
  const archives = (await readdir(out)).filter((name) => name.endsWith('.tar.gz'))
  const of = (role: string) => path.join(out, archives.find((name) => name.includes(`-${role}-`)) ?? role)
  return { cloud: of('cloud'), edge: of('edge') }
}

/** Archives and stores of earlier contents are of no use any more; a store may be one that another checkout works with. */
async function removeStale(
  folder: string,
  { except, days }: { readonly except: string; readonly days: number },
): Promise<void> {
  for (const name of await readdir(folder)) {
    const place = path.join(folder, name)
    const age = Date.now() - (await stat(place)).mtimeMs
    if (name !== except && age >= days * 86_400_000) await rm(place, { recursive: true, force: true })
  }
}
