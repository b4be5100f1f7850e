import { describe, expect, it } from 'vitest'
import type { Inspection } from '../inspect/inspection.ts'
import type { Plan } from '../install/plan.ts'
import { fail } from '../problem/codes.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, trial } from '../testing/trial.ts'
import { planOf, previewHere } from './dry-run.ts'

const failure = (code: 'ANSWER_NEEDED' | 'ANSWER_INVALID') => () => {
  const words = { en: 'x', zh: 'x' }
  throw fail(code, { what: words, fix: words })
}

describe('the plan of a dry run', () => {
  it('is none while a setting is missing that it is made from: preflight names it', () => {
    expect(planOf(failure('ANSWER_NEEDED'))).toBeUndefined()
  })

  it('is not kept back for a setting that is wrong', () => {
    expect(() => planOf(failure('ANSWER_INVALID'))).toThrow(
      expect.objectContaining({ code: 'ANSWER_INVALID' }),
    )
  })
})

describe('what would change', () => {
  const receipt = receiptFor(HEAD, undefined, BASELINE)
  const looked: string[] = []
  const step = {
    id: 'x',
    title: { en: 'x', zh: 'x' },
    inputs: {},
    kind: { drift: async () => void looked.push('x') },
  }
  const preview = async (changed: object) => {
    await using on = await trial()
    looked.length = 0
    const run = await on.run({ role: 'edge' })
    const inspection = { facts: { root: true }, receipt, before: {}, ...changed } as unknown as Inspection
    return previewHere(run, inspection, { steps: [step] } as unknown as Plan).catch(() => 'looked at')
  }

  it.each([
    ['a normal user, who may not read what is there', { facts: { root: false } }],
    ['a machine on which nothing is installed', { receipt: undefined }],
    ['a machine of the other role', { receipt: { ...receipt, role: 'cloud' } }],
  ])('is not looked at for %s', async (_what, changed) => {
    expect(await preview(changed)).toBeUndefined()
    expect(looked).toEqual([])
  })

  it('is looked at step by step on a node of this role', async () => {
    await preview({})
    expect(looked).toEqual(['x'])
  })
})
