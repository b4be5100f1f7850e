import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { apply, check, NO_RELEASE, type Trial, trial } from '../testing/trial.ts'
import { chartLabels } from './chart-labels-step.ts'

const kubectl = 'kubectl --kubeconfig /k'
const NAME = 'service.edgemesh.kubeedge.io/service-proxy-name'
const LABEL = `${kubectl} -n default label service kubernetes`
const label = { resource: 'service', namespace: 'default', name: 'kubernetes', label: NAME, value: '' }
const step = (...chosen: string[]) =>
  chartLabels({ cluster: { kubectl: ['kubectl'], kubeconfig: '/k' }, chosen })
const recorded = { kind: 'label', resource: 'service', namespace: 'default', name: 'kubernetes', label: NAME }

let on: Trial
/** Labels of the API's own Service. */
let labels: Record<string, string>
const run = () =>
  on.run({
    charts: [
      { name: 'edgemesh', release: 'edgemesh', namespace: 'kubeedge', labels: [label] },
      { name: 'other' },
    ],
  } as unknown as Partial<BundleManifest>)
beforeEach(async () => {
  on = await trial()
  labels = {}
  on.script(`${kubectl} -n default get service kubernetes`, () => JSON.stringify({ metadata: { labels } }))
  on.script('/data/archive/bin/helm get metadata', NO_RELEASE)
  on.script(`${LABEL} ${NAME}=`, () => {
    labels[NAME] = ''
    return ''
  })
  on.script(`${LABEL} ${NAME}-`, () => {
    delete labels[NAME]
    return ''
  })
})
afterEach(() => on[Symbol.asyncDispose]())

it('a label is recorded and set, and is then there already', async () => {
  const here = await run()
  expect(await check(here, step('edgemesh'))).toBe(false)
  await apply(here, step('edgemesh'))
  expect([labels, await check(here, step('edgemesh'))]).toEqual([{ [NAME]: '' }, true])
  expect(here.all.receipt().steps[0]?.changes).toEqual([recorded])
})

it('a label that edgelift did not set is not recorded, and stays without the chart', async () => {
  labels = { [NAME]: '', other: 'x' }
  const here = await run()
  await apply(here, step('edgemesh'))
  await apply(here, step())
  expect(on.calls.filter((line) => line.startsWith(LABEL))).toEqual([])
  expect([here.all.receipt().steps, await check(here, step())]).toEqual([[], true])
})

it('a label that may be there is neither recorded nor set while the API does not say: it would be taken off later', async () => {
  labels = { [NAME]: 'theirs' }
  on.script(`${kubectl} -n default get service kubernetes`, { code: 1, stderr: 'i/o timeout' })
  const here = await run()
  for (const act of [check, apply])
    await expect(act(here, step('edgemesh'))).rejects.toMatchObject({ because: { en: 'i/o timeout' } })
  expect([here.all.receipt().steps, labels]).toEqual([[], { [NAME]: 'theirs' }])
  expect(on.calls.filter((line) => line.startsWith(LABEL))).toEqual([])
})

it('a label is told by its key, not by words that read like it', async () => {
  on.script(
    `${kubectl} -n default get service kubernetes`,
    JSON.stringify({ metadata: { annotations: { [NAME]: 'x' }, labels: { other: NAME } } }),
  )
  expect(await check(await run(), step('edgemesh'))).toBe(false)
})

it('a label that a cut-off run may have set is known to an uninstall, and set by the next run', async () => {
  const here = await run()
  on.script(LABEL, { code: 1, stderr: 'connection lost' })
  on.script(`${LABEL} ${NAME}=`, { code: 1, stderr: 'connection lost' })
  await expect(apply(here, step('edgemesh'))).rejects.toMatchObject({ because: { en: 'connection lost' } })
  expect(here.all.receipt().steps[0]?.changes).toEqual([recorded])
  on.script(`${LABEL} ${NAME}=`, () => {
    labels[NAME] = ''
    return ''
  })
  await apply(here, step('edgemesh'))
  expect(await check(here, step('edgemesh'))).toBe(true)
})

it('a label stays recorded where it could not be taken off', async () => {
  const here = await run()
  await apply(here, step('edgemesh'))
  on.script(`${LABEL} ${NAME}-`, { code: 1, stderr: 'connection lost' })
  await expect(apply(here, step())).rejects.toThrow()
  expect(await check(here, step())).toBe(false)
})

it('nothing is decided while helm cannot say whose release is there', async () => {
  on.script('/data/archive/bin/helm get metadata', { code: 1, stderr: 'secrets is forbidden' })
  await expect(apply(await run(), step())).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})
