import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { silent } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { waitUntil } from '../node/wait.ts'
import { openLedger } from '../state/host-changes.ts'
import { appendJournal, readJournal } from '../state/journal.ts'
import { readReceipt } from '../state/receipt.ts'
import { filesStep } from './files.ts'
import { applySteps, undoSteps } from './runner.ts'
import type { Step } from './step.ts'

let root = ''
let host: Host
const signal = new AbortController().signal
const PROGRAM = Buffer.from('#!/bin/true')
const title = { en: 'x', zh: 'x' }
const fresh = {
  bundle: 'b',
  role: 'edge',
  lock: '',
  edgelift: '',
  directory: '/data/b',
  answers: {},
} as const

const nothingBefore = {
  before: async () => ({
    settings: {},
    chains: [],
    links: [],
    namespaces: [],
    containers: [],
  }),
}

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-steps-'))
  host = { root, env: {}, now: Date.now, exec: () => Promise.reject(new Error('nothing is run here')) }
  await mkdir(path.join(root, 'data'))
  await writeFile(path.join(root, 'data', 'program'), PROGRAM)
})
afterEach(() => rm(root, { recursive: true }))

async function step(): Promise<Step> {
  const integrity = `sha256-${createHash('sha256').update(PROGRAM).digest('base64')}`
  const manifest = { files: [{ path: 'program', integrity }] } as unknown as BundleManifest
  const context = {
    host,
    ledger: await openLedger(host, fresh, nothingBefore),
    manifest,
    directory: path.join(root, 'data'),
    signal,
  }
  return filesStep(context, {
    id: 'files',
    title,
    laid: [{ from: 'program', to: '/usr/local/bin/program', mode: 0o755 }],
    written: [{ to: '/etc/x.conf', content: 'ours\n', mode: 0o600 }],
  })
}
const at = (file: string) => path.join(root, file)

it('lays files down with their modes, is then so already, and takes them back', async () => {
  const files = await step()
  expect(await files.check()).toBe(false)
  await files.apply()
  expect(await files.check()).toBe(true)
  expect((await stat(at('/usr/local/bin/program'))).mode & 0o7777).toBe(0o755)
  expect((await stat(at('/etc/x.conf'))).mode & 0o7777).toBe(0o600)
  await files.undo()
  await expect(stat(at('/usr/local/bin/program'))).rejects.toMatchObject({ code: 'ENOENT' })
  await files.undo()
})

it('keeps what the host had, over several runs, and puts it back with its mode', async () => {
  await mkdir(at('/etc'))
  await writeFile(at('/etc/x.conf'), 'theirs')
  await chmod(at('/etc/x.conf'), 0o640)
  await (await step()).apply()
  await rm(at('/etc/x.conf'))
  await (await step()).apply()
  expect(await readFile(at('/etc/x.conf'), 'utf8')).toBe('ours\n')
  await (await step()).undo()
  expect(await readFile(at('/etc/x.conf'), 'utf8')).toBe('theirs')
  expect((await stat(at('/etc/x.conf'))).mode & 0o7777).toBe(0o640)
})

it('sees a changed content and a changed mode, and mends both', async () => {
  await (await step()).apply()
  await chmod(at('/etc/x.conf'), 0o644)
  expect(await (await step()).check()).toBe(false)
  await writeFile(at('/usr/local/bin/program'), '#!/bin/false')
  await (await step()).apply()
  expect(await (await step()).check()).toBe(true)
})

it('lays nothing down whose bytes are not those of the manifest', async () => {
  await writeFile(path.join(root, 'data', 'program'), '#!/bin/evil')
  await expect((await step()).apply()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  await expect(stat(at('/usr/local/bin/program'))).rejects.toMatchObject({ code: 'ENOENT' })
})

it('runs what is not so yet, tells the journal, and goes on after a failure', async () => {
  const done = new Set<string>()
  let broken = true
  const simple = (id: string): Step => ({
    id,
    title,
    check: async () => done.has(id),
    apply: async () => {
      if (id === 'b' && broken) throw new Error('power is gone')
      done.add(id)
    },
    undo: async () => void done.delete(id),
  })
  const steps = ['a', 'b', 'c'].map(simple)
  const options = { host, report: silent, signal }
  await expect(applySteps(steps, options)).rejects.toThrow('power is gone')
  expect((await readJournal(host)).at(-1)).toMatchObject({
    step: 'b',
    event: 'failed',
    error: 'Error: power is gone',
  })
  broken = false
  expect(await applySteps(steps, options)).toEqual({ applied: ['b', 'c'], unchanged: ['a'] })
  expect(await undoSteps(steps, options)).toEqual([])
  expect([...done]).toEqual([])
  const cleanup = (await readJournal(host)).filter(
    (entry) => entry.action === 'cleanup' && entry.event === 'done',
  )
  expect(cleanup.map((entry) => entry.step)).toEqual(['c', 'b', 'a'])
})

it('reads a journal that a power loss cut off in mid line', async () => {
  await appendJournal(host, { action: 'install', step: 'a', event: 'begin' })
  const file = at('/var/lib/edgelift/journal.jsonl')
  await writeFile(file, `${await readFile(file, 'utf8')}{"time":"2026-`)
  expect(await readJournal(host)).toHaveLength(1)
})

it('keeps claims and completion over runs, and refuses a receipt that was edited', async () => {
  await (await openLedger(host, fresh, nothingBefore)).complete()
  await (await openLedger(host, fresh, nothingBefore)).claim('/etc/y')
  expect(await readReceipt(host)).toMatchObject({
    completed: expect.any(String),
    claims: [{ path: '/etc/y' }],
  })
  await writeFile(at('/var/lib/edgelift/receipt.json'), '{}')
  await expect(readReceipt(host)).rejects.toMatchObject({ code: 'JOURNAL_INVALID' })
})

it('waits with the reason, and at the deadline says what the node says', async () => {
  const wait = { id: 'w', what: title, report: silent, signal, words: async () => 'unit log', fix: title }
  let looks = 0
  await waitUntil({ ...wait, deadline: 5, look: async () => ++looks > 1 || title })
  await expect(
    waitUntil({ ...wait, deadline: 0, look: async () => ({ en: 'not yet', zh: '尚未' }) }),
  ).rejects.toMatchObject({
    code: 'WAIT_EXPIRED',
    because: { en: 'not yet\nthe node says:\nunit log' },
  })
})

it('ends a wait that is hopeless at once, with its own fix where it has one', async () => {
  const wait = { id: 'w', what: title, report: silent, signal, words: async () => 'unit log', fix: title }
  const hopeless = { en: 'refused', zh: '被拒绝' }
  await expect(waitUntil({ ...wait, deadline: 60, look: async () => ({ hopeless }) })).rejects.toMatchObject({
    code: 'STEP_FAILED',
    because: { en: 'refused\nthe node says:\nunit log' },
    fix: title,
  })
  const fix = { en: 'another token', zh: '更换令牌' }
  await expect(
    waitUntil({ ...wait, deadline: 60, look: async () => ({ hopeless, fix }) }),
  ).rejects.toMatchObject({ fix })
})
