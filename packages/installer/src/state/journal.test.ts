import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { appendJournal, JOURNAL, type JournalEntry, readJournal } from './journal.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const file = () => path.join(on.root, JOURNAL)
const entry = (step: string, event: JournalEntry['event'] = 'done') =>
  ({ action: 'install', step, event }) as const
const steps = async () => (await readJournal(on.host)).map(({ step }) => step)

it('keeps what was done in its order, with the node’s time, for root alone', async () => {
  const host = { ...on.host, now: () => Date.UTC(2026, 0, 31, 12) }
  await appendJournal(host, entry('k3s', 'begin'))
  await appendJournal(host, { ...entry('k3s', 'failed'), error: 'DISK_FULL: no room' })
  expect(await readJournal(host)).toEqual([
    { time: '2026-01-31T12:00:00.000Z', ...entry('k3s', 'begin') },
    { time: '2026-01-31T12:00:00.000Z', ...entry('k3s', 'failed'), error: 'DISK_FULL: no room' },
  ])
  expect((await stat(file())).mode & 0o777).toBe(0o600)
})

it('is empty where nothing was done', async () => {
  expect(await readJournal(on.host)).toEqual([])
})

describe('after a power loss', () => {
  it.each([
    ['within a line', '{"time":"2026-01-31T12:00:00.000Z","acti'],
    ['after a line, before its end', JSON.stringify({ time: 'x', ...entry('containerd') })],
    ['that left zeros', '\0\0\0\0'],
  ])('%s, the next line is one of its own', async (_what, rest) => {
    await appendJournal(on.host, entry('first'))
    await appendFile(file(), rest)
    await appendJournal(on.host, entry('second'))
    await appendJournal(on.host, entry('third'))
    const known = await steps()
    expect(known.filter((step) => step !== 'containerd')).toEqual(['first', 'second', 'third'])
    expect(known.includes('containerd')).toBe(rest.endsWith('}'))
    expect((await readFile(file(), 'utf8')).endsWith('\n')).toBe(true)
  })
})

it('leaves out lines that are none of its own, and goes on after them', async () => {
  await on.put(
    JOURNAL,
    ['', 'null', '[]', '{"step":7}', JSON.stringify({ time: 'x', ...entry('a'), extra: 1 }), 'no JSON'].join(
      '\n',
    ),
  )
  await appendJournal(on.host, entry('b'))
  expect(await steps()).toEqual(['b'])
})

it('takes the place of an empty directory, and leaves one that holds something to its owner', async () => {
  await mkdir(file(), { recursive: true })
  await appendJournal(on.host, entry('a'))
  expect(await steps()).toEqual(['a'])
  await rm(file())
  await mkdir(path.join(file(), 'theirs'), { recursive: true })
  await expect(appendJournal(on.host, entry('b'))).rejects.toMatchObject({
    what: { en: expect.stringContaining(file()), zh: expect.stringContaining(file()) },
  })
  expect(await readdir(file())).toEqual(['theirs'])
})
