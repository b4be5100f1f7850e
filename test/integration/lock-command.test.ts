import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chartOverrides, releaseCharts } from '../support/upstream/charts.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

const root = path.resolve(import.meta.dirname, '../..')

let folder: string
let program: string
let upstream: Upstream

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lock-command-'))
  await mustExec(exec, process.execPath, ['scripts/bundle.mjs'], { cwd: root })
  program = path.join(root, 'dist/edgelift.mjs')
  upstream = await startUpstream({ content: await releaseContent({ note: () => {} }) })
  await writeFile(path.join(folder, 'config.yaml'), upstream.config)
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Place {
  readonly args: readonly string[]
  readonly lock: string
}

async function place(
  name: string,
  { store = name, shipped = path.join(root, 'manifests/kubeedge-1.22.0.yaml') } = {},
): Promise<Place> {
  const release = path.join(folder, `${name}.yaml`)
  await writeFile(release, `extends: ${shipped}\n${chartOverrides(await releaseCharts())}`)
  const common = [
    '--config',
    path.join(folder, 'config.yaml'),
    '--store',
    path.join(folder, `store-${store}`),
  ]
  return {
    args: [program, 'lock', release, ...common, '--quiet'],
    lock: path.join(folder, `${name}.lock.json`),
  }
}

const run = ({ args }: Place, ...more: string[]) =>
  exec(process.execPath, [...args, ...more], { timeout: 200_000 })

function killedAfter({ args }: Place, milliseconds: number): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
    child.on('error', reject)
    child.on('exit', (_code, signal) => {
      clearTimeout(timer)
      resolve(signal)
    })
  })
}

describe('edgelift lock', () => {
  it('goes on after kill -9 at any moment, never leaves half a lock, and fetches what it has only once', async () => {
    const calm = await place('calm')
    expect((await run(calm)).code).toBe(0)
    const total = upstream.served.bytes
    upstream.served.reset()
    const killed = await place('killed')
    for (const moment of [400, 900, 1_600, 2_600]) {
      await killedAfter(killed, moment)
      const text = await readFile(killed.lock, 'utf8').catch(() => undefined)
      if (text !== undefined) expect(() => JSON.parse(text) as unknown).not.toThrow()
    }
    const last = await run(killed)
    expect(last.stderr).toBe('')
    expect(last.code).toBe(0)
    expect(await readFile(killed.lock, 'utf8')).toBe(await readFile(calm.lock, 'utf8'))
    // What is cut is gone on with; small answers (manifests, checksum files) are asked for in every run.
    expect(upstream.served.bytes).toBeLessThan(1.5 * total)
  })

  it('may run twice at the same time on one store', async () => {
    const [one, two] = [await place('one', { store: 'shared' }), await place('two', { store: 'shared' })]
    const results = await Promise.all([run(one), run(two)])
    expect(results.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(['0 ', '0 '])
    expect(await readFile(two.lock, 'utf8')).toBe(await readFile(one.lock, 'utf8'))
  })

  it('with --check exits 0 while nothing has changed, and writes nothing', async () => {
    const calm = await place('calm')
    const before = await readFile(calm.lock, 'utf8')
    const checked = await run(calm, '--check', '--json')
    expect(checked.code).toBe(0)
    expect(JSON.parse(checked.stdout)).toMatchObject({ written: false })
    expect(await readFile(calm.lock, 'utf8')).toBe(before)
  })

  it('locks the second shipped release, which the one file carries, with its own images', async () => {
    const next = await place('next', { store: 'calm', shipped: 'kubeedge-1.22.2' })
    const { code, stderr } = await run(next)
    expect(code, stderr).toBe(0)
    const lock = await readFile(next.lock, 'utf8')
    for (const part of ['kubeedge/cloudcore:v1.22.2', 'v1.34.3%2Bk3s1/k3s', 'keadm-v1.22.2-linux-arm64'])
      expect(lock).toContain(part)
    expect(lock).not.toMatch(/kubeedge\/[-\w]+:v1\.22\.0|v1\.34\.2%2Bk3s1/)
  })

  it('refuses the guide as it is written with exit 1, the defects as a list in JSON', async () => {
    const calm = await place('calm')
    const guide = path.join(root, 'test/fixtures/guide-as-written.yaml')
    const args = calm.args.map((arg) => (arg.endsWith('calm.yaml') ? guide : arg))
    const refused = await exec(process.execPath, [...args, '--json'], { timeout: 200_000 })
    expect(refused.code).toBe(1)
    const { error } = JSON.parse(refused.stdout) as { error: { code: string; findings: unknown[] } }
    expect(error.code).toBe('GATE_REFUSED')
    expect(error.findings.length).toBeGreaterThanOrEqual(11)
    await expect(readFile(guide.replace('.yaml', '.lock.json'))).rejects.toThrow('ENOENT')
  })
})
