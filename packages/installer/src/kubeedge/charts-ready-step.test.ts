import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
  on.script(`${IN} secret cloudcoresecret`, 'secret/cloudcoresecret')
  expect(await check(run, step)).toBe(false)
  on.script(`${IN} secret tokensecret`, 'dG9rZW4=')
  expect(await check(run, step)).toBe(true)
})

it('waits for them, and says what for', async () => {
  let looks = 0
  on.script(`${IN} secret cloudcoresecret`, () => (++looks > 2 ? 'secret/cloudcoresecret' : ''))
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

describe('an object that the program writes at every start', () => {
  const TIME = Date.parse('2026-11-29T12:00:00Z')
  const at = (seconds: number) => new Date(TIME + seconds * 1000).toISOString()
  const every = {
    charts: [
      {
        ...{ name: 'cloudcore', namespace: 'kubeedge', restarts: ['deployment/cloudcore'] },
        ready: [{ resource: 'secret', name: 'tokensecret', key: 'tokendata', everyStart: true }],
      },
    ],
  } as unknown as Partial<BundleManifest>
  const ofK3s = { kubectl: ['kubectl'], kubeconfig: '/etc/rancher/k3s/k3s.yaml' } as const
  /** Seconds. Written last, the pod created, its container started; undefined: it has ended. */
  let times: { written: number; created: number; started: number | undefined }
  let answer: (seconds: { written: number }) => string
  beforeEach(() => {
    times = { written: 0, created: -100, started: -100 }
    answer = ({ written }) => `${at(-500)} ${at(-500)} ${at(written)}|dG9rZW4=`
    for (const { kubeconfig } of [cluster, ofK3s]) {
      const kubectl = `kubectl --kubeconfig ${kubeconfig} -n kubeedge get`
      on.script(`${kubectl} secret tokensecret`, () => answer(times))
      on.script(`${kubectl} deployments,daemonsets,pods`, () =>
        JSON.stringify({ items: [deployment, pod('cloud-1', times)] }),
      )
    }
  })
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'cloudcore' },
    spec: { selector: { matchLabels: { app: 'cloudcore' } } },
  }
  const pod = (nodeName: string, { created, started }: typeof times) => ({
    kind: 'Pod',
    metadata: { name: 'cloudcore-1', labels: { app: 'cloudcore' }, creationTimestamp: at(created) },
    spec: { nodeName },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          ready: started !== undefined,
          restartCount: 0,
          state:
            started === undefined
              ? { waiting: { reason: 'CrashLoopBackOff' } }
              : { running: { startedAt: at(started) } },
        },
      ],
    },
  })
  const isReady = async (of: typeof cluster | typeof ofK3s = cluster) =>
    check(await on.run(every), chartsReady({ cluster: of, charts: ['cloudcore'], nodeName: 'cloud-1' }))

  it('counts once it was written after the pod came: until then it is a former one’s', async () => {
    expect(await isReady()).toBe(true)
    times.created = 1
    expect(await isReady()).toBe(false)
    times.written = 1 // the API server tells whole seconds
    expect(await isReady()).toBe(true)
    answer = () => `${at(1)} ${at(1)}|`
    expect(await isReady()).toBe(false)
  })

  it('counts by its times, whatever its value reads like', async () => {
    times.created = 1
    answer = ({ written }) => `${at(-500)} ${at(written)}|${at(900)} | never`
    expect(await isReady()).toBe(false)
    times.written = 2
    expect(await isReady()).toBe(true)
  })

  it('counts after a later start of the container, where one clock tells both times', async () => {
    times.started = 5
    expect([await isReady(), await isReady(ofK3s)]).toEqual([true, false])
    times.written = 6
    expect(await isReady(ofK3s)).toBe(true)
  })

  it('does not count while the program does not run', async () => {
    times.started = undefined
    expect(await isReady()).toBe(false)
  })

  it('counts where the clock was set back since the start', async () => {
    times.created = (Date.now() - TIME) / 1000 + 3600
    expect(await isReady()).toBe(true)
  })

  it('is waited for', async () => {
    times.created = 5
    let looks = 0
    answer = () => `${at(-500)} ${at(++looks > 2 ? 6 : 0)}|dG9rZW4=`
    await apply(await on.run(every), chartsReady({ cluster, charts: ['cloudcore'], nodeName: 'cloud-1' }))
    expect(looks).toBe(3)
  })
})
