import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { smallRelease } from '../support/building/small-release.ts'
import { repositoryRoot } from '../support/upstream/places.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

const EDGE = 'small-edge-amd64'
const DELTA = `${EDGE}.from-1.0.0.delta`

let work: string
let program: Program
const at = (...parts: string[]): string => path.join(work, ...parts)

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-delta-'))
  program = await bundledProgram(at('program'))
  await build('old', [])
  await build('new', ['--since', at('old', `${EDGE}.tar.gz`)])
})
afterAll(() => rm(work, { recursive: true, force: true }))

/** Builds the small release (`old`) or the one after it into a folder of that name. */
async function build(which: 'old' | 'new', more: readonly string[], out: string = which): Promise<void> {
  expect(await tryBuild(which, more, out)).toMatchObject({ code: 0, stderr: expect.any(String) })
}

async function tryBuild(which: 'old' | 'new', more: readonly string[], out: string) {
  const small = await smallRelease({ folder: work, next: which === 'new' })
  await using upstream = await startUpstream({ content: small.content })
  await writeFile(at('config.yaml'), upstream.config)
  const release = await small.write(at(`release-${which}`))
  const places = ['--store', at('store'), '--config', at('config.yaml'), '--out', at(out)]
  return await program.run(['build', release, '--platform', 'linux/amd64', ...places, ...more])
}

async function complete(args: readonly string[]) {
  await rm(at('site', EDGE), { recursive: true, force: true })
  await mkdir(at('site'), { recursive: true })
  await mustExec(exec, 'tar', ['-xzf', at('new', `${DELTA}.tar.gz`), '-C', at('site')])
  const installer = path.join(repositoryRoot, 'dist/installer.mjs')
  const env = { ...process.env, EDGELIFT_DIRECTORY: at('site', DELTA), EDGELIFT_LANG: 'en' }
  return exec(process.execPath, [installer, 'complete', ...args], { env })
}

it('carries what the older archive lacks, and little more', async () => {
  const { size } = await stat(at('new', `${DELTA}.tar.gz`))
  const { size: full } = await stat(at('new', `${EDGE}.tar.gz`))
  expect(size).toBeLessThan(900_000 + 600_000) // the changed layer, and the installer
  expect(size).toBeLessThan(full / 2)
  expect(await readdir(at('new'))).not.toContain('small-cloud-amd64.from-1.0.0.delta.tar.gz')
  await mustExec(exec, 'sha256sum', ['-c', `${DELTA}.tar.gz.sha256`], { cwd: at('new') })
})

it('completes the directory and the very archive, from the older archive and from its directory', async () => {
  const full = await readFile(at('new', `${EDGE}.tar.gz`))
  const fromArchive = await complete(['--base', at('old', `${EDGE}.tar.gz`), '--archive'])
  expect(fromArchive).toMatchObject({ code: 0, stderr: '' })
  expect((await readFile(at('site', `${EDGE}.tar.gz`))).equals(full)).toBe(true)
  await mkdir(at('unpacked'), { recursive: true })
  await mustExec(exec, 'tar', ['-xzf', at('old', `${EDGE}.tar.gz`), '-C', at('unpacked')])
  expect(await complete([`--base=${at('unpacked', EDGE)}`])).toMatchObject({ code: 0 })
  await mustExec(exec, 'sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: at('site', EDGE) })
})

it('is verified among the archives of its folder', async () => {
  const ran = await program.run(['verify', at('new')])
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`✓ ${at('new', `${DELTA}.tar.gz`)}`) })
})

it('refuses a base of another role, and names the base that is needed', async () => {
  const { code, stderr } = await complete(['--base', at('new', 'small-cloud-amd64.tar.gz')])
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/DELTA_BASE_MISSING.*small 1\.0\.0/s),
  })
})

it.each([
  [
    'no base',
    [],
    2,
    'error[USAGE]: this delta needs the older archive: sh ./edgelift complete --base DIRECTORY',
  ],
  ['help without a base', ['--help'], 2, '--base ARCHIVE'],
  [
    'bases that are not there',
    ['--base', '/a b', '/c', '--base=/d'],
    1,
    'error[DELTA_BASE_MISSING]: no archive or unpacked archive at: /a b /c /d',
  ],
])('names what its launcher lacks: %s', async (_title, args, code, words) => {
  await mkdir(at('launcher'), { recursive: true })
  await mustExec(exec, 'tar', ['-xzf', at('new', `${DELTA}.tar.gz`), '-C', at('launcher')])
  const env = { ...process.env, EDGELIFT_LANG: 'en' }
  const ran = await exec('sh', [at('launcher', DELTA, 'edgelift'), 'complete', ...args], { env })
  expect(ran).toMatchObject({ code, stderr: expect.stringContaining(words) })
})

it('alone, leaves out the archives that have no older one, and refuses when none has', async () => {
  await build('new', ['--since', at('old', `${EDGE}.tar.gz`), '--only-delta'], 'alone')
  expect((await readdir(at('alone'))).sort()).toEqual([`${DELTA}.tar.gz`, `${DELTA}.tar.gz.sha256`])
  const cloud = ['--role', 'cloud', '--since', at('old', `${EDGE}.tar.gz`), '--only-delta']
  const refused = await tryBuild('new', cloud, 'none')
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('error[OLDER_ARCHIVE_MISSING]') })
})

it('can be made against a manifest or a lock, and alone', async () => {
  const manifest = at('old-manifest.json')
  await writeFile(
    manifest,
    await mustExec(exec, 'tar', ['-xzOf', at('old', `${EDGE}.tar.gz`), `${EDGE}/manifest.json`]),
  )
  await build('new', ['--since', manifest, '--role', 'edge'], 'by-manifest')
  await build('new', ['--since', at('release-old', 'small.lock.json'), '--only-delta'], 'by-lock')
  const archive = (folder: string) => readFile(at(folder, `${DELTA}.tar.gz`))
  expect((await archive('by-manifest')).equals(await archive('new'))).toBe(true)
  expect((await readdir(at('by-lock'))).sort()).toEqual([
    'small-cloud-amd64.from-1.0.0.delta.tar.gz',
    'small-cloud-amd64.from-1.0.0.delta.tar.gz.sha256',
    `${DELTA}.tar.gz`,
    `${DELTA}.tar.gz.sha256`,
  ])
})
