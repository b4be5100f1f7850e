import { silent, type WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import { waitUntil } from './wait.ts'

const title = { en: 'x', zh: 'x' }
const signal = new AbortController().signal
const wait = { id: 'w', what: title, report: silent, signal, words: async () => 'unit log', fix: title }

it('waits with the reason, and at the deadline says what the node says', async () => {
  let looks = 0
  await waitUntil({ ...wait, deadline: 5, look: async () => ++looks > 1 || title })
  await expect(
    waitUntil({ ...wait, deadline: 0, look: async () => ({ en: 'not yet', zh: '尚未' }) }),
  ).rejects.toMatchObject({
    code: 'WAIT_EXPIRED',
    because: { en: 'not yet\nthe node says:\nunit log' },
  })
})

it('looks often at first, and tells of itself once in a second', async () => {
  let looks = 0
  const events: WorkEvent[] = []
  const start = performance.now()
  const report = (event: WorkEvent) => void events.push(event)
  await waitUntil({ ...wait, report, deadline: 60, look: async () => ++looks > 4 || title })
  expect(performance.now() - start).toBeLessThan(3000)
  expect(events.length).toBeLessThan(4)
})

it('ends a wait that is hopeless at once, with its own fix where it has one', async () => {
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
