import type { BundleChart } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { objectsWritten } from './written-objects.ts'

const KUBECTL = 'kubectl --kubeconfig /k -n kubeedge'
const chart = {
  ...{ name: 'cloudcore', namespace: 'kubeedge', restarts: ['deployment/cloudcore'] },
  ready: [{ resource: 'secret', name: 'tokensecret', key: 'tokendata' }],
} as unknown as BundleChart

let on: Trial
let token: string
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  token = ''
  on = await trial()
  on.script(`${KUBECTL} get secret tokensecret`, () => token)
  on.script(`${KUBECTL} rollout restart`, 'restarted')
})
afterEach(async () => {
  vi.useRealTimers()
  await on[Symbol.asyncDispose]()
})

const restarts = () => on.calls.filter((line) => line.includes('rollout restart'))
const looks = (of = chart) =>
  objectsWritten(
    { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' },
    { chart: of, nodeName: 'cloud-1', report: (event) => void on.events.push(event) },
  )

it('restarts, once and with a word about it, what has not written for a while what it writes at its start', async () => {
  const look = looks()
  vi.advanceTimersByTime(100_000) // what passed before it was asked for says nothing
  await look()
  vi.advanceTimersByTime(44_000)
  await look()
  expect(restarts()).toEqual([])
  vi.advanceTimersByTime(1000)
  expect(await look()).toMatchObject({ en: 'secret tokensecret has not been created yet' })
  vi.advanceTimersByTime(60_000)
  await look()
  expect(restarts()).toEqual([`${KUBECTL} rollout restart deployment/cloudcore`])
  expect(on.events).toEqual([
    {
      type: 'note',
      level: 'warning',
      text: {
        en: 'secret tokensecret has not been created yet: deployment/cloudcore is restarted',
        zh: 'secret tokensecret 尚未生成，重启 deployment/cloudcore',
      },
    },
  ])
  token = 'dG9rZW4='
  expect(await look()).toBe(true)
})

it('restarts nothing since the API does not say what is there', async () => {
  on.script(`${KUBECTL} get secret tokensecret`, { code: 1, stderr: 'i/o timeout' })
  const look = looks()
  await look()
  vi.advanceTimersByTime(100_000)
  expect(await look()).toMatchObject({ en: 'the API does not respond' })
  on.script(`${KUBECTL} get secret tokensecret`, '')
  await look()
  vi.advanceTimersByTime(44_000)
  await look()
  expect(restarts()).toEqual([])
})

it('leaves alone what has written in time', async () => {
  token = 'dG9rZW4='
  const look = looks()
  await look()
  vi.advanceTimersByTime(100_000)
  expect(await look()).toBe(true)
  expect(restarts()).toEqual([])
})

it('asks again where the API did not take it, and has nothing to restart where the chart names nothing', async () => {
  on.script(`${KUBECTL} rollout restart`, { code: 1, stderr: 'connection refused' })
  const look = looks()
  await look()
  vi.advanceTimersByTime(45_000)
  await look()
  expect(on.events).toEqual([])
  on.script(`${KUBECTL} rollout restart`, 'restarted')
  await look()
  expect([restarts().length, on.events.length]).toEqual([2, 1])

  const { restarts: _, ...without } = chart
  const other = looks(without as BundleChart)
  await other()
  vi.advanceTimersByTime(45_000)
  await other()
  expect(restarts().length).toBe(2)
})
