import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { type SmallRelease, smallRelease } from '../support/building/small-release.ts'
import { cut, on } from '../support/upstream/faults.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'
import { crane } from './crane.ts'
import { compare, type Row, row } from './measure.ts'

const MB = 1_000_000
/** Layers of the cloud's image; with all else this gives four archives of together about half of a real release. */
const LAYERS = [90, 60, 40, 30, 20, 10, 5, 5].map((size) => size * MB)
const IMAGES = ['docker.io/kubeedge/agent:v1', 'docker.io/library/cloud:v1']

interface Ground {
  readonly folder: string
  readonly program: Program
  readonly release: string
  readonly small: SmallRelease
  readonly upstream: Upstream
}

/** The whole program against what fetches, and what copies; and the bytes that it asks for. */
export async function buildRows(folder: string): Promise<Row[]> {
  const peer = await crane()
  const small = await smallRelease({ folder, more: LAYERS })
  await using upstream = await startUpstream({ content: small.content })
  await writeFile(path.join(folder, 'config.yaml'), upstream.config)
  const program = await bundledProgram(path.join(folder, 'program'))
  const release = await small.write(path.join(folder, 'release'))
  const ground = { folder, program, release, small, upstream }
  return [await pull(ground, peer), await fetchedOnce(ground), await again(ground), await cutAtHalf(ground)]
}

/** One archive, from an empty store. */
async function pull({ folder, program, release, upstream }: Ground, peer: string): Promise<Row> {
  const registry = new URL(upstream.origin).host
  const pulled = path.join(folder, 'pulled')
  return compare({
    id: 'P1',
    what: 'pull all images and seal the archive / crane pull --format=oci (s)',
    goal: 1.5,
    ours: async () => {
      await wipe(folder)
      await build({ folder, program, release }, ['--role', 'cloud', '--platform', 'linux/amd64'])
    },
    peer: async () => {
      await rm(pulled, { recursive: true, force: true })
      const images = IMAGES.map((image) => `${registry}/${image}`)
      const options = ['--insecure', '--platform', 'linux/amd64', '--format=oci']
      await mustExec(exec, peer, ['pull', ...options, ...images, pulled])
    },
  })
}

/** Four archives from an empty store. */
async function fetchedOnce(ground: Ground): Promise<Row> {
  await wipe(ground.folder)
  return bytesRow(ground, {
    id: 'P6',
    what: 'bytes fetched for four archives / distinct bytes (MB)',
    goal: 1,
  })
}

async function cutAtHalf(ground: Ground): Promise<Row> {
  await wipe(ground.folder)
  ground.upstream.faults.push(on({ method: 'GET', path: '/blobs/', nthOfPath: 1 }, cut({ share: 0.5 })))
  const what = 'bytes fetched where each blob is cut at half / distinct bytes (MB)'
  return bytesRow(ground, { id: 'P5', what, goal: 1.02 })
}

/** Bodies of tokens are not content: they are left out. */
async function bytesRow(ground: Ground, about: Pick<Row, 'id' | 'what' | 'goal'>): Promise<Row> {
  const { small, upstream } = ground
  upstream.served.reset()
  await build(ground, [])
  const content = upstream.served.log.filter((one) => one.status === 200 || one.status === 206)
  const fetched = content.filter((one) => one.path !== '/token').reduce((sum, one) => sum + one.bytes, 0)
  return row({ ...about, ours: fetched / MB, peer: small.bytes / MB })
}

/** Four archives that are there, as the builds before have left them. */
async function again(ground: Ground): Promise<Row> {
  const { folder, upstream } = ground
  await build(ground, [])
  upstream.served.reset()
  const found = await compare({
    id: 'P4',
    what: 'build again, nothing changed / cp of the archives (s)',
    goal: 2,
    ours: () => build(ground, []),
    peer: async () => {
      await rm(path.join(folder, 'copy'), { recursive: true, force: true })
      await mustExec(exec, 'cp', ['-r', path.join(folder, 'out'), path.join(folder, 'copy')])
    },
  })
  if (upstream.served.bytes > 0) throw new Error(`${upstream.served.bytes} bytes were fetched for nothing`)
  return found
}

async function build(
  { folder, program, release }: Pick<Ground, 'folder' | 'program' | 'release'>,
  more: readonly string[],
): Promise<void> {
  const places = ['--store', path.join(folder, 'store'), '--out', path.join(folder, 'out')]
  const config = path.join(folder, 'config.yaml')
  const ran = await program.run(['build', release, '--config', config, ...places, ...more])
  if (ran.code !== 0) throw new Error(ran.stderr)
}

async function wipe(folder: string): Promise<void> {
  for (const name of ['store', 'out']) await rm(path.join(folder, name), { recursive: true, force: true })
}
