import { lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import type { Change } from './change.ts'
import { openHostChanges, receiptFor, type StepChanges } from './host-changes.ts'
import { readReceipt } from './read-receipt.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const RECEIPT = '/var/lib/edgelift/receipt.json'
const at = (file: string) => path.join(on.root, file)

async function open(id = 'a'): Promise<StepChanges> {
  const changes = await openHostChanges(on.host, receiptFor(HEAD, await readReceipt(on.host), BASELINE))
  return changes.of({ id, title: { en: id, zh: id } })
}

it('records step by step what is about to be changed, on the disk before it is', async () => {
  await on.put('/etc/x/theirs', 'theirs')
  const changes = await open('files')
  await changes.backup('/etc/x/theirs')
  await changes.backup('/etc/y/ours')
  await (await open('unit')).record({ kind: 'unit', unit: 'x.service', programs: ['/bin/x'] })
  expect((await readReceipt(on.host))?.steps).toEqual([
    {
      stepId: 'files',
      title: { en: 'files', zh: 'files' },
      changes: [
        { kind: 'file', path: '/etc/x/theirs', backup: '/var/lib/edgelift/backup/000-theirs' },
        { kind: 'folder', path: '/etc/y' },
        { kind: 'file', path: '/etc/y/ours' },
      ],
    },
    {
      stepId: 'unit',
      title: { en: 'unit', zh: 'unit' },
      changes: [{ kind: 'unit', unit: 'x.service', programs: ['/bin/x'] }],
    },
  ])
  expect(await on.text('/var/lib/edgelift/backup/000-theirs')).toBe('theirs')
})

it('records a change once, whichever step comes first, and writes only when something has changed', async () => {
  await (await open('a')).backup('/etc/file')
  const before = await lstat(at(RECEIPT))
  await writeFile(at('/etc/file'), 'ours')
  await (await open('b')).backup('/etc/file')
  expect((await lstat(at(RECEIPT))).ino).toBe(before.ino)
  expect(await readdir(at('/var/lib/edgelift'))).toEqual(['receipt.json'])
})

it('strikes out a change that was taken back, and a step without any', async () => {
  const change: Change = { kind: 'object', resource: 'namespace', name: 'kubeedge' }
  const changes = await open()
  await changes.record(change)
  expect(changes.has(change)).toBe(true)
  await changes.forget(change)
  expect([changes.has(change), (await readReceipt(on.host))?.steps]).toEqual([false, []])
})

it('sweeps what a killed run has left beside a file', async () => {
  await on.put('/usr/bin/.edgelift-tool-0123456789ab')
  await on.put('/usr/bin/.edgelift-tool-not-ours')
  await (await open()).backup('/usr/bin/tool')
  expect(await readdir(at('/usr/bin'))).toEqual(['.edgelift-tool-not-ours'])
})

it('keeps changes and completion over runs, and refuses a receipt that was edited', async () => {
  await (await openHostChanges(on.host, receiptFor(HEAD, undefined, BASELINE))).complete()
  await (await open()).backup('/etc/y')
  expect(await readReceipt(on.host)).toMatchObject({ completed: expect.any(String), bundle: HEAD.bundle })
  expect(JSON.parse(await readFile(at(RECEIPT), 'utf8'))).toMatchObject({ format: 'edgelift/receipt/v2' })
  await writeFile(at(RECEIPT), '{}')
  await expect(readReceipt(on.host)).rejects.toMatchObject({ code: 'JOURNAL_INVALID' })
})
