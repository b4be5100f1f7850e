import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { smallRelease } from '../support/building/small-release.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

const EDGE = 'small-edge-amd64.tar.gz'

let work: string
let program: Program
let release: string
const at = (...parts: string[]): string => path.join(work, ...parts)

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-transfer-'))
  program = await bundledProgram(at('program'))
  const small = await smallRelease({ folder: work })
  release = await small.write(at('release'))
  await using upstream = await startUpstream({ content: small.content })
  await writeFile(at('config.yaml'), upstream.config)
  const places = ['--store', at('store'), '--config', at('config.yaml'), '--out', at('out')]
  expect(await program.run(['build', release, ...places])).toMatchObject({ code: 0 })
})
afterAll(() => rm(work, { recursive: true, force: true }))

const store = (name: string, ...args: string[]) =>
  program.run(['store', ...args, '--store', at(name), '--json'])

it('a builder without a network builds the same archives from an exported store', async () => {
  const whole = await store('store', 'export', at('whole.tar'))
  expect(whole).toMatchObject({ code: 0 })
  const small = await store('store', 'export', at('small.tar'), '--release', release)
  const [all, needed] = [JSON.parse(whole.stdout), JSON.parse(small.stdout)]
  expect(needed.blobs).toBeLessThan(all.blobs)
  expect(await exec('sha256sum', ['-c', 'small.tar.sha256'], { cwd: work })).toMatchObject({ code: 0 })
  expect(JSON.parse((await store('other', 'import', at('small.tar'))).stdout)).toMatchObject({
    blobs: needed.blobs,
    present: 0,
  })
  const places = ['--store', at('other'), '--offline', '--out', at('elsewhere')]
  expect(await program.run(['build', release, ...places])).toMatchObject({ code: 0 })
  const [here, there] = [await readFile(at('out', EDGE)), await readFile(at('elsewhere', EDGE))]
  expect(there.equals(here)).toBe(true)
})

it('a store that lacks something is not exported as a release’s, and what is missing is named', async () => {
  const ran = await program.run([
    'store',
    'export',
    at('x.tar'),
    '--release',
    release,
    '--store',
    at('empty'),
  ])
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('docker.io/kubeedge/agent:v1') })
})

it.each([
  [['store', 'export'], 'need a FILE'],
  [['store', 'ls', 'x'], 'no other action takes one'],
])('%j is refused', async (args, words) => {
  const ran = await program.run([...args, '--store', at('store')])
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(words) })
})
