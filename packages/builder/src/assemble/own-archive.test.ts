import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import type { WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ownArchive } from './own-archive.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-abandoned-'))
})
afterEach(() => rm(folder, { recursive: true }))

const { signal } = new AbortController()

it('removes what killed builds of this archive have left, at once, and nothing else', async () => {
  const left = `.edgelift-a.tar.gz-${'0'.repeat(12)}`
  const end = '0'.repeat(12)
  const beside = ['.sha256', '.minisig'].map((suffix) => `.edgelift-a.tar.gz${suffix}-${end}`)
  const delta = `.edgelift-a.from-1.delta.tar.gz-${end}`
  const others = [`.edgelift-ab.tar.gz-${end}`, '.edgelift-b.tar.gz-0', '.hidden', 'a.tar.gz']
  for (const name of [left, ...beside, delta, ...others]) await writeFile(path.join(folder, name), '')
  // Of a process that was killed between the writing of its lock and the taking.
  const lockOf = JSON.stringify({ pid: 1, started: 'never', boot: 'another', host: hostname() })
  await writeFile(path.join(folder, '.edgelift-a.tar.gz.lock.0123456789abcdef'), lockOf)
  const lock = await ownArchive(folder, 'a.tar.gz', { report: () => {}, signal })
  await lock[Symbol.asyncDispose]()
  expect((await readdir(folder)).sort()).toEqual(others)
})

it('waits for a living build of the same archive, says so, and leaves its file alone', async () => {
  const first = await ownArchive(folder, 'a.tar.gz', { report: () => {}, signal })
  const theirs = path.join(folder, `.edgelift-a.tar.gz-${'1'.repeat(12)}`)
  await writeFile(theirs, '')
  const events: WorkEvent[] = []
  const second = ownArchive(folder, 'a.tar.gz', { report: (event) => events.push(event), signal })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(events).toMatchObject([{ type: 'note', text: { en: expect.stringContaining('a.tar.gz') } }])
  expect(await readdir(folder)).toContain(path.basename(theirs))
  await first[Symbol.asyncDispose]()
  await (await second)[Symbol.asyncDispose]()
  expect(await readdir(folder)).toEqual([])
})
