import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { type Ledger, openLedger } from './host-changes.ts'
import { appendJournal, readJournal } from './journal.ts'

let root = ''
let host: Host
const FRESH = {
  bundle: 'b',
  role: 'edge',
  lock: '',
  edgelift: '',
  directory: '/data/b',
  answers: {},
} as const
const BEFORE = { settings: {}, chains: [], links: [], namespaces: [], containers: [] }

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-ledger-'))
  host = { root, env: {}, now: Date.now, exec: () => Promise.reject(new Error('nothing is run here')) }
})
afterEach(() => rm(root, { recursive: true }))

const at = (file: string) => path.join(root, file)
const told: string[] = []
function open(): Promise<Ledger> {
  told.length = 0
  return openLedger(host, FRESH, { before: async () => BEFORE, told: (text) => told.push(text.en) })
}
async function write(file: string, content = 'x'): Promise<void> {
  await mkdir(path.dirname(at(file)), { recursive: true })
  await writeFile(at(file), content)
}

it('removes files and the folders that were made for them, and leaves the folders of the host', async () => {
  await mkdir(at('/etc'))
  await (await open()).claim('/etc/a/b/file')
  await writeFile(at('/etc/a/b/file'), '')
  const ledger = await open()
  await ledger.close()
  expect(told).toEqual(['removed /etc/a/b/file', 'removed /etc/a/b', 'removed /etc/a'])
  expect(await readdir(at('/etc'))).toEqual([])
  expect(await readdir(at('/var/lib/edgelift'))).toEqual([])
})

it('leaves a folder that somebody else uses by now', async () => {
  await (await open()).claim('/opt/cni/bin/bridge')
  await write('/opt/cni/bin/theirs')
  await (await open()).close()
  expect(await readdir(at('/opt/cni/bin'))).toEqual(['theirs'])
})

it('clears an owned folder of all that was not there before', async () => {
  await write('/var/lib/kubelet/theirs/data')
  const ledger = await open()
  await ledger.own('/var/lib/kubelet')
  await ledger.own('/var/lib/cni')
  await write('/var/lib/kubelet/pods/1')
  await write('/var/lib/cni/networks/1')
  await (await open()).close()
  expect(await readdir(at('/var/lib/kubelet'))).toEqual(['theirs'])
  expect(await readdir(at('/var/lib'))).not.toContain('cni')
})

it('spares what it is told to', async () => {
  const ledger = await open()
  await ledger.own('/var/lib/rancher/k3s')
  await write('/var/lib/rancher/k3s/storage/volume')
  await write('/var/lib/rancher/k3s/server/db')
  await ledger.clear('/var/lib/rancher/k3s', ['storage'])
  await ledger.close()
  expect(await readdir(at('/var/lib/rancher/k3s'))).toEqual(['storage'])
})

it('puts a link back as a link, and a file with its mode and time', async () => {
  await write('/etc/real', 'theirs')
  await chmod(at('/etc/real'), 0o640)
  const { mtimeMs } = await stat(at('/etc/real'))
  await symlink('real', at('/etc/link'))
  const ledger = await open()
  for (const file of ['/etc/real', '/etc/link']) {
    await ledger.claim(file)
    await rm(at(file))
    await writeFile(at(file), 'ours')
  }
  await (await open()).close()
  expect(await readlink(at('/etc/link'))).toBe('real')
  expect(await readFile(at('/etc/link'), 'utf8')).toBe('theirs')
  const restored = await stat(at('/etc/real'))
  expect(restored.mode & 0o7777).toBe(0o640)
  expect(Math.abs(restored.mtimeMs - mtimeMs)).toBeLessThan(1)
})

it('leaves a file whose backup is gone, and says so', async () => {
  await write('/etc/file', 'theirs')
  await (await open()).claim('/etc/file')
  await rm(at('/var/lib/edgelift/backup'), { recursive: true })
  await (await open()).close()
  expect(told).toEqual([expect.stringContaining('/etc/file stays as it is')])
  expect(await readFile(at('/etc/file'), 'utf8')).toBe('theirs')
})

it('sweeps what a killed run has left beside a file', async () => {
  await write('/usr/bin/.edgelift-tool-0123456789ab')
  await write('/usr/bin/.edgelift-tool-not-ours')
  await (await open()).claim('/usr/bin/tool')
  expect(await readdir(at('/usr/bin'))).toEqual(['.edgelift-tool-not-ours'])
})

it('writes its receipt only when something has changed', async () => {
  await (await open()).claim('/etc/file')
  const before = await lstat(at('/var/lib/edgelift/receipt.json'))
  await (await open()).claim('/etc/file')
  expect((await lstat(at('/var/lib/edgelift/receipt.json'))).ino).toBe(before.ino)
})

it('does not let a line of the journal that was cut off swallow the next one', async () => {
  await write('/var/lib/edgelift/journal.jsonl', '{"time":"2026-')
  await appendJournal(host, { action: 'install', step: 'a', event: 'begin' })
  await appendJournal(host, { action: 'install', step: 'a', event: 'done' })
  expect((await readJournal(host)).map(({ event }) => event)).toEqual(['begin', 'done'])
})
