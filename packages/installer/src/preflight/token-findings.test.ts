import { same } from '@edgelift/core'
import { expect, it } from 'vitest'
import { codes, found, NOW, reachable, token } from './preflight.sample.ts'

it.each([
  ['in this very second', NOW, ['error TOKEN_EXPIRED']],
  ['in the next', NOW + 1, []],
])('a token expires %s', (_when, expires, expected) => {
  expect(codes({ token: token(expires) })).toEqual(expected)
})

it('a token that does not say when it expires, and a cloud that does not show its CA, are left to the join', () => {
  const without = { state: 'given', where: same('f'), token: { text: 's', caHash: 'b', expires: undefined } }
  expect(codes({ token: without as never, cloud: { ...reachable, caHash: undefined } })).toEqual([
    'warning NOT_CHECKED',
  ])
})

it.each([
  ['has none yet', undefined, 'this node has no certificate yet and needs a token to get one'],
  ['has one that holds, of another name', (NOW + 60) * 1000, 'this node has no certificate yet'],
  ['had one', (NOW - 60) * 1000, "this node's certificate expired at 2025-12-31T23:59:00.000Z"],
])('says why a token is needed: the node %s', (_what, certificateEnds, why) => {
  const [finding] = found({ token: { state: 'absent' }, facts: { certificateEnds } })
  expect(finding?.matters.en).toContain(why)
})
