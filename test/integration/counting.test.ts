import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { type SmallRelease, smallRelease } from '../support/building/small-release.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

// What a build may cost in work that can be counted: none of it depends on how fast the machine is.

const MB = 1_000_000
const LAYERS = [30, 20, 10].map((size) => size * MB)
const NAME = 'small-cloud-amd64'
/** Headers, records and JSON. */
const LITTLE = MB

let work: string
let program: Program
/** The program, and what it carries and puts into archives: hashed to name a build's inputs, and for the SBOM. */
let own: number
let small: SmallRelease
let upstream: Upstream
let release: string

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-count-'))
  program = await bundledProgram(path.join(work, 'program'))
  own = 3 * (await stat(program.file)).size
  small = await smallRelease({ folder: work, more: LAYERS })
  release = await small.write(path.join(work, 'release'))
  upstream = await startUpstream({ content: small.content })
  await writeFile(path.join(work, 'config.yaml'), upstream.config)
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

const out = (name: string): string => path.join(work, 'out', name)

/** Runs the program and returns how many bytes it has hashed and how often it has synced. */
async function counted(
  args: readonly string[],
): Promise<{ readonly hashed: number; readonly syncs: number }> {
  const file = path.join(work, 'counts')
  await rm(file, { force: true })
  const preload = path.join(import.meta.dirname, 'counting-preload.cjs')
  const env = { ...process.env, EDGELIFT_COUNT: file }
  await mustExec(exec, process.execPath, ['--require', preload, program.file, ...args], { env })
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  const sum = (what: string): number =>
    lines.reduce(
      (total, line) => total + (line.startsWith(`${what} `) ? Number(line.slice(what.length + 1)) : 0),
      0,
    )
  return { hashed: sum('hash'), syncs: sum('sync') }
}

const build = (...more: string[]) =>
  counted([
    ...['build', release, '--config', path.join(work, 'config.yaml'), '--role', 'cloud'],
    ...[
      '--platform',
      'linux/amd64',
      '--store',
      path.join(work, 'store'),
      '--out',
      path.join(work, 'out'),
      ...more,
    ],
  ])

const answered = (part: string): number =>
  upstream.served.log.filter(({ status, path: at }) => status === 200 && at.includes(part)).length

it('a build hashes what it fetches, each file and the archive once each, and syncs only what it leaves', async () => {
  const { hashed, syncs } = await build()
  const fetched = upstream.served.log
    .filter(({ status, path: at }) => status === 200 && at !== '/token')
    .reduce((sum, one) => sum + one.bytes, 0)
  const { size: archive } = await stat(out(`${NAME}.tar.gz`))
  expect(fetched).toBeLessThanOrEqual(small.bytes)
  expect(hashed).toBeGreaterThan(3 * (archive - LITTLE) - LITTLE)
  expect(hashed).toBeLessThan(fetched + 2 * archive + own + LITTLE)
  expect(syncs).toBe(9) // the archive and its .sha256, each with its folder; the folders above five that were made
  expect(answered('/blobs/')).toBe(8) // three layers, two of each image, two configurations, less the one they share
  expect(answered('/manifests/')).toBe(2)
})

it('a build that changes nothing asks for nothing, and hashes and syncs nothing but what names its inputs', async () => {
  upstream.served.reset()
  const { hashed, syncs } = await build()
  expect(upstream.served.requests).toBe(0)
  expect(hashed).toBeLessThan(own)
  expect(syncs).toBe(0)
})

it('a build that changes nothing hashes the archive once with --rehash', async () => {
  const { size: archive } = await stat(out(`${NAME}.tar.gz`))
  const { hashed } = await build('--rehash')
  expect(hashed).toBeGreaterThan(archive)
  expect(hashed).toBeLessThan(archive + own)
})

it('verifying hashes an archive and its contents once each', async () => {
  const { size: archive } = await stat(out(`${NAME}.tar.gz`))
  const { hashed, syncs } = await counted(['verify', out(`${NAME}.tar.gz`)])
  expect(hashed).toBeGreaterThan(2 * archive - LITTLE)
  expect(hashed).toBeLessThan(2 * archive + own) // programs are longer than they are packed
  expect(syncs).toBe(0)
})
