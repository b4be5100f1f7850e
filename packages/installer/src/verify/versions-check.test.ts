import type { WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import { outcomeOf } from './check.ts'
import { versionsCheck } from './versions-check.ts'

const cloud = { kubeedge: '1.22.2', edgemesh: '1.17.0', kubernetes: '1.34.3+k3s1' }

async function look(kubeedge: string) {
  const events: WorkEvent[] = []
  const edges = [{ name: 'edge', kubeedge, edgemesh: '1.17.0', kubernetes: '1.31.12' }]
  const outcome = await outcomeOf(
    versionsCheck(
      async () => ({ cloud, edges }),
      (event) => events.push(event),
    ),
  )
  return { outcome, events }
}

it('passes while an upgrade is on its way, and says what that means', async () => {
  expect(await look('1.22.2')).toEqual({ outcome: { state: 'ok' }, events: [] })
  const { outcome, events } = await look('1.22.0')
  expect(outcome).toEqual({ state: 'ok' })
  expect(events).toMatchObject([{ type: 'note', text: { en: expect.stringContaining('supported') } }])
})

it('fails for versions that do not go together', async () => {
  const { outcome } = await look('1.23.0')
  expect(outcome).toMatchObject({
    state: 'failed',
    why: { en: expect.stringContaining('upgrade the cloud first') },
  })
})

it('passes nothing where the versions are not known', async () => {
  const check = versionsCheck(
    async () => undefined,
    () => {},
  )
  expect(await outcomeOf(check)).toMatchObject({ state: 'skipped' })
})
