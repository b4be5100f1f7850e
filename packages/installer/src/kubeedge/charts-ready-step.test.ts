import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { apply, check, type Trial, trial } from '../testing/trial.ts'
import { chartsReady } from './charts-ready-step.ts'

const cluster = { kubectl: ['kubectl'], kubeconfig: '/k' } as const
const IN = 'kubectl --kubeconfig /k -n kubeedge get'
const manifest = {
  charts: [
    {
      name: 'cloudcore',
      namespace: 'kubeedge',
      ready: [
        { resource: 'secret', name: 'cloudcoresecret' },
        { resource: 'secret', name: 'tokensecret', key: 'tokendata' },
      ],
    },
    { name: 'other', namespace: 'other', ready: [{ resource: 'secret', name: 'absent' }] },
  ],
} as unknown as Partial<BundleManifest>
const step = chartsReady({ cluster, charts: ['cloudcore'], nodeName: 'cloud-1' })

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const pods = (restarts: number) =>
  JSON.stringify({
    items: [
      {
        metadata: { name: 'cloudcore-1', labels: {} },
        spec: { nodeName: 'cloud-1', containers: [{ image: 'a' }] },
        status: {
          phase: 'Running',
          containerStatuses: [{ ready: false, restartCount: restarts, state: {} }],
        },
      },
    ],
  })

it('is so once each object is there, with its key; those of charts that were not chosen do not count', async () => {
  const run = await on.run(manifest)
  expect(await check(run, step)).toBe(false)
  on.script(`${IN} secret cloudcoresecret -o name`, 'secret/cloudcoresecret')
  expect(await check(run, step)).toBe(false)
  on.script(`${IN} secret tokensecret -o jsonpath={.data.tokendata}`, 'dG9rZW4=')
  expect(await check(run, step)).toBe(true)
})

it('waits for them, and says what for', async () => {
  let looks = 0
  on.script(`${IN} secret cloudcoresecret -o name`, () => (++looks > 2 ? 'secret/cloudcoresecret' : ''))
  on.script(`${IN} secret tokensecret`, 'dG9rZW4=')
  await apply(await on.run(manifest), step)
  expect(looks).toBe(3)
  expect(on.events).toContainEqual(
    expect.objectContaining({
      type: 'wait',
      what: { en: 'what cloudcore creates at its start', zh: 'cloudcore 启动时生成的对象' },
    }),
  )
})

it('gives up as soon as the program exits again and again, with its last words', async () => {
  let restarts = 0
  on.script(`${IN} pods`, () => pods(restarts++))
  on.script('kubectl --kubeconfig /k -n kubeedge logs cloudcore-1', 'F0101 no such certificate\n')
  const failed = apply(await on.run(manifest), step)
  await expect(failed).rejects.toMatchObject({
    code: 'STEP_FAILED',
    because: { en: expect.stringMatching(/^pod cloudcore-1 exits again and again \(3 times\)/) },
  })
})
