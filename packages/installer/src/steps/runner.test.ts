import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { appendJournal, readJournal } from '../state/journal.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { applySteps } from './runner.ts'
import { defineStep } from './step.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

it('runs what is not so yet, tells the journal, and goes on after a failure', async () => {
  const done = new Set<string>()
  let broken = true
  const simple = defineStep<{ name: string }>({
    id: ({ name }) => name,
    title: { en: 'x', zh: 'x' },
    check: async (_run, { name }) => done.has(name),
    apply: async (_run, { name }) => {
      if (name === 'b' && broken) throw new Error('power is gone')
      done.add(name)
    },
  })
  const steps = ['a', 'b', 'c'].map((name) => simple({ name }))
  const { all, ...run } = await on.run()
  const options = { ...run, changes: all }
  await expect(applySteps(steps, options)).rejects.toThrow('power is gone')
  expect((await readJournal(on.host)).at(-1)).toMatchObject({
    step: 'b',
    event: 'failed',
    error: 'Error: power is gone',
  })
  broken = false
  expect(await applySteps(steps, options)).toEqual({ applied: ['b', 'c'], unchanged: ['a'] })
})

it('reads a journal that a power loss cut off in mid line', async () => {
  await appendJournal(on.host, { action: 'install', step: 'a', event: 'begin' })
  const file = path.join(on.root, '/var/lib/edgelift/journal.jsonl')
  await writeFile(file, `${await readFile(file, 'utf8')}{"time":"2026-`)
  expect(await readJournal(on.host)).toHaveLength(1)
})

it('does not let a line of the journal that was cut off swallow the next one', async () => {
  await on.put('/var/lib/edgelift/journal.jsonl', '{"time":"2026-')
  await appendJournal(on.host, { action: 'install', step: 'a', event: 'begin' })
  await appendJournal(on.host, { action: 'install', step: 'a', event: 'done' })
  expect((await readJournal(on.host)).map(({ event }) => event)).toEqual(['begin', 'done'])
})
