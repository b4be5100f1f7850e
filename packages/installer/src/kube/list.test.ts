import { expect, it } from 'vitest'
import { z } from 'zod'
import { listOf } from './list.ts'

it.each<[string, unknown, unknown]>([
  ['items', { kind: 'NodeList', items: [{ a: 1 }] }, { items: [{ a: 1 }] }],
  ['none', { items: [] }, { items: [] }],
  ['null, which is none', { items: null }, { items: [] }],
])('a list of %s', (_what, list, parsed) => {
  expect(listOf(z.object({ a: z.number() })).parse(list)).toEqual(parsed)
})

it.each<[string, unknown]>([
  ['a refusal', { kind: 'Status', status: 'Failure' }],
  ['one object', { kind: 'Node', metadata: {} }],
  ['nothing', undefined],
  ['a list of something else', { items: [{ a: 'x' }] }],
])('is not %s', (_what, answer) => {
  expect(listOf(z.object({ a: z.number() })).safeParse(answer).success).toBe(false)
})
