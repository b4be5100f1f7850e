import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UNSTOPPED } from '../node/host.ts'
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

it('hands on nothing of the environment by which a person has set up kubectl, helm, ctr or Node for themselves', async () => {
  const set = [
    'KUBECONFIG',
    'HELM_DRIVER',
    'HELM_NAMESPACE',
    'CONTAINERD_ADDRESS',
    'NODE_OPTIONS',
    'HTTPS_PROXY',
  ]
  const host = nodeHost({ HOME: '/home/op', ...Object.fromEntries(set.map((name) => [name, 'theirs'])) })
  const { stdout } = await host.exec('env', [])
  const given = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s)),
  )
  expect(set.filter((name) => name in given)).toEqual([])
  const own = ['KUBECACHEDIR', 'HELM_CACHE_HOME', 'HELM_CONFIG_HOME', 'HELM_DATA_HOME']
  for (const name of own) expect(given[name]).toMatch(new RegExp(`^${STATE_FOLDER}/`))
  expect(given).toMatchObject({ HOME: '/home/op', KUBERC: 'off' })
})

it('runs nothing more once it was stopped, but for what puts back what the run has taken away', async () => {
  const { exec } = nodeHost({}, AbortSignal.abort())
  await expect(exec('true', [])).rejects.toMatchObject({ name: 'AbortError' })
  expect(await exec('true', [], { signal: UNSTOPPED })).toMatchObject({ code: 0 })
})
