import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeliftError, EXIT, type WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import type { Diagnosis } from './diagnosis.ts'
import { runProbes } from './probe.ts'

const text = (en: string) => ({ en, zh: en })
const probe = (id: string, run: () => Promise<Diagnosis[]>) => ({ id, title: text(id), run })
const finding: Diagnosis = { code: 'DISK_FULL', seen: text('x'), cause: text('x'), fix: text('x') }

it('tells what it looks at and since when, leaves what takes too long, and goes on', async () => {
  const events: WorkEvent[] = []
  const report = (event: WorkEvent) => void events.push(event)
  const found = await runProbes(
    [
      probe('slow', () => sleep(10_000, [], { ref: false })),
      probe('broken', () =>
        Promise.reject(new EdgeliftError('COMMAND_MISSING', EXIT.failed, { what: text('no kubectl') })),
      ),
      probe('last', async () => [finding]),
    ],
    { report, signal: new AbortController().signal },
    2,
  )
  expect(found.map(({ code, cause }) => [code, cause.en])).toEqual([
    ['PROBE_FAILED', 'no result within 2 s'],
    ['PROBE_FAILED', 'no kubectl'],
    ['DISK_FULL', 'x'],
  ])
  expect(events.filter(({ type }) => type === 'phase')).toHaveLength(3)
  const waits = events.filter((event) => event.type === 'wait')
  expect(waits.map(({ id }) => id)).toContain('slow')
  for (const { seconds } of waits) expect(seconds).toBeGreaterThanOrEqual(1)
})

it('goes on after a file that a bad disk does not give, and ends with what is no error for people', async () => {
  const eio = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' })
  const options = { report: () => {}, signal: new AbortController().signal }
  const found = await runProbes(
    [probe('damaged', () => Promise.reject(eio)), probe('last', async () => [finding])],
    options,
  )
  expect(found).toMatchObject([
    {
      code: 'PROBE_FAILED',
      seen: { en: 'could not find out: damaged' },
      cause: { en: expect.stringMatching(/cannot read or write a file/) },
    },
    { code: 'DISK_FULL' },
  ])
  const defect = probe('defect', () => Promise.reject(new TypeError('x is undefined')))
  await expect(runProbes([defect], options)).rejects.toThrow('x is undefined')
})

it('leaves nobody behind who listens to the signal', async () => {
  const { signal } = new AbortController()
  await runProbes([probe('one', async () => []), probe('two', async () => [])], { report: () => {}, signal })
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
