import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { repositoryRoot } from '../support/upstream/places.ts'

let folder: string
let served: ChildProcess
let said = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-hold-'))
  await mustExec(exec, process.execPath, ['scripts/bundle.mjs'], { cwd: repositoryRoot })
  const [run, hold] = ['scripts/run.mjs', 'test/support/upstream/hold.ts'].map((file) =>
    path.join(repositoryRoot, file),
  ) as [string, string]
  served = spawn(process.execPath, [run, hold, '.'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const piece of served.stdout ?? []) {
    said += String(piece)
    if (said.endsWith('\nup\n')) break
  }
})
afterAll(async () => {
  served.kill('SIGTERM')
  if (served.exitCode === null) await once(served, 'exit')
  await rm(folder, { recursive: true, force: true })
})

it('serves what its printed commands lock, to any builder in any folder', async () => {
  const line = said.split('\n').find((one) => one.startsWith('  edgelift lock ')) ?? ''
  const words = line.trim().split(' ').slice(1)
  const program = path.join(repositoryRoot, 'dist/edgelift.mjs')
  const env = { ...process.env, EDGELIFT_STORE: path.join(folder, 'store') }
  const { code, stderr } = await exec(process.execPath, [program, ...words], { cwd: folder, env })
  expect(code, stderr).toBe(0)
  const lock = JSON.parse(await readFile(path.join(folder, 'embedded.lock.json'), 'utf8'))
  expect(lock.release).toMatchObject({ name: 'kubeedge', version: '1.22.0' })
})
