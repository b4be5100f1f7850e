import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { STATE_FOLDER } from '../state/journal.ts'
import { lockNode, nodeHost } from './node-host.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-node-'))
  await mkdir(path.join(root, 'run'))
})
afterEach(() => rm(root, { recursive: true }))

it('removes, with the lock, what a killed run was writing into the state of this machine', async () => {
  const state = path.join(root, STATE_FOLDER)
  const kept = ['journal.jsonl', 'replaced/.edgelift-release', 'marks/restart-k3s', 'written.json']
  const left = ['written.json', 'receipt.json', 'marks/restart-k3s', 'replaced/20261128T000000.000Z-a.yaml']
  for (const name of kept) {
    await mkdir(path.dirname(path.join(state, name)), { recursive: true })
    await writeFile(path.join(state, name), '')
  }
  for (const name of left) {
    const { dir, base } = path.parse(path.join(state, name))
    await writeFile(path.join(dir, `.edgelift-${base}-7738ff6a468e`), '')
  }
  await using _lock = await lockNode({ ...nodeHost({}), root })
  const files = await readdir(state, { recursive: true, withFileTypes: true })
  const found = files.filter((one) => one.isFile())
  expect(
    found.map(({ parentPath, name }) => path.relative(state, path.join(parentPath, name))).sort(),
  ).toEqual(kept.toSorted())
})
