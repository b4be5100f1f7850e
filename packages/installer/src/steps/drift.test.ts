import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { disabled, driftOfSteps, driftText } from './drift.ts'
import { type Drift, defineStep } from './step.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const kind = (drift: () => Promise<Drift[]>) =>
  defineStep<{ readonly id: string }>({
    id: ({ id }) => id,
    title: { en: 'x', zh: 'x' },
    check: async () => false,
    drift,
    apply: async () => {},
  })
const crd: Drift = { kind: 'object', place: 'CustomResourceDefinition a', state: 'missing', fields: [] }

async function driftOf(...steps: Parameters<typeof driftOfSteps>[0]) {
  const { directory, manifest, signal } = await on.run()
  const receipt = receiptFor(HEAD, undefined, BASELINE)
  return driftOfSteps(steps, { host: on.host, directory, manifest, receipt, signal })
}

it('names each place once, with the first step that restores it', async () => {
  const found = kind(async () => [crd])
  expect(await driftOf(found({ id: 'first' }), found({ id: 'second' }))).toEqual([{ step: 'first', ...crd }])
})

it('goes on after a check that fails, and says so', async () => {
  const failing = kind(() =>
    Promise.reject(new EdgeliftError('COMMAND_FAILED', 1, { what: { en: 'helm hangs', zh: 'helm 卡住' } })),
  )
  const found = await driftOf(failing({ id: 'chart-a' }), kind(async () => [crd])({ id: 'b' }))
  expect(found.map(({ step, state }) => [step, state])).toEqual([
    ['chart-a', 'unknown'],
    ['b', 'missing'],
  ])
  expect(found[0] && driftText(found[0]).en).toMatch(/^cannot check chart-a: .*helm hangs/)
})

it('goes on after a file that a bad disk does not give', async () => {
  const eio = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' })
  const found = await driftOf(
    kind(() => Promise.reject(eio))({ id: 'k3s' }),
    kind(async () => [crd])({ id: 'b' }),
  )
  expect(found.map(({ step, state }) => [step, state])).toEqual([
    ['k3s', 'unknown'],
    ['b', 'missing'],
  ])
})

it('gives a check nothing that could change the node', async () => {
  const changing = defineStep<object>({
    id: 'x',
    title: { en: 'x', zh: 'x' },
    check: async () => true,
    drift: async (run) => {
      await run.changes.backup('/etc/x')
      return []
    },
    apply: async () => {},
  })
  await expect(driftOf(changing({}))).rejects.toThrow('a check changes nothing')
})

it.each([
  ['missing', [], 'image a:1 is missing'],
  ['changed', ['content or pin'], 'image a:1 was changed (content or pin)'],
  ['changed', ['a', 'b', 'c', 'd'], 'image a:1 was changed (a, b, c, …)'],
] as const)('says what is %s', (state, fields, text) => {
  expect(driftText({ kind: 'image', place: 'a:1', state, fields }).en).toBe(text)
})

it('tells a service that somebody disabled, and what they added to it; not one of which systemd says nothing', async () => {
  const of = () => disabled(on.host, 'x.service')
  on.script(
    'systemctl show',
    'DropInPaths=/run/systemd/system/x.service.d/local.conf /usr/lib/systemd/system/service.d/all.conf',
  )
  on.script('systemctl is-enabled', 'enabled')
  const added = {
    ...{ kind: 'service', place: 'x.service', state: 'added' },
    fields: ['/run/systemd/system/x.service.d/local.conf'],
  }
  expect(await of()).toEqual([added])
  on.script('systemctl show', '')
  on.script('systemctl is-enabled', { code: 1, stdout: 'disabled\n' })
  expect(await of()).toMatchObject([{ state: 'changed', fields: ['enabled'] }])
  on.script('systemctl is-enabled', { code: 1, stderr: 'Failed to connect to bus' })
  const [unknown] = await of()
  expect(unknown).toMatchObject({
    ...{ kind: 'service', place: 'x.service', state: 'unknown' },
    fields: [expect.stringContaining('x.service')],
  })
  const told = driftText(unknown as Drift)
  expect(told.en).toMatch(/^cannot check x\.service: could not find out whether x\.service starts at boot: /)
  expect(told.zh).toMatch(/^无法检查 x\.service：无法确认 x\.service 是否开机启动：Failed to connect to bus$/)
  expect(told.zh).not.toContain('could not')
})
