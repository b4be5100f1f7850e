import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CrdDrift } from '../kube/crds.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { placesOf, recordCrds, tellCrds } from './archive-crds.ts'

const drift = (name: string, ...fields: string[]): CrdDrift => ({
  crd: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name } },
  fields,
})
const KNOWN = { kind: 'object', resource: 'crd', name: 'known' } as const

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

describe('a CRD that is applied is told of', () => {
  it.each([
    ['not where it is new', true, drift('new'), undefined],
    ['not where others brought it', true, drift('new', 'spec'), undefined],
    ['not where a run that was cut off never applied it', false, drift('known'), undefined],
    ['where somebody deleted it', true, drift('known'), /known was deleted: it is restored$/],
    ['where it differs', true, drift('known', 'spec.a', 'spec.b'), /known differs .*\(spec\.a, spec\.b\)/],
    [
      'where it differs, by a run that goes on too',
      false,
      drift('known', 'spec'),
      /known differs .*\(spec\)/,
    ],
    [
      'with five fields of many',
      true,
      drift('known', ...Array.from({ length: 9 }, (_none, index) => `f${index}`)),
      /\(f0, f1, f2, f3, f4\): it is updated$/,
    ],
  ])('%s', async (_when, complete, one, said) => {
    const run = await on.run({}, { complete })
    await run.changes.record(KNOWN)
    tellCrds(run, [one])
    const told = on.events.flatMap((event) => (event.type === 'note' ? [event.text.en] : []))
    expect(told).toEqual(said === undefined ? [] : [expect.stringMatching(said)])
  })
})

it('each that is applied is recorded once, those that are as they should be are not', async () => {
  const run = await on.run()
  for (const _again of [1, 2]) await recordCrds(run, [drift('a'), drift('b', 'spec')])
  expect(run.all.receipt().steps[0]?.changes).toEqual([
    { ...KNOWN, name: 'a' },
    { ...KNOWN, name: 'b' },
  ])
})

it('each is named with what differs, or as missing', () => {
  expect(placesOf([drift('a'), drift('b', 'spec')])).toMatchObject([
    { place: 'CustomResourceDefinition a', state: 'missing', fields: [] },
    { place: 'CustomResourceDefinition b', state: 'changed', fields: ['spec'] },
  ])
})
