import { describe, expect, it } from 'vitest'
import { type Challenge, parseChallenges } from './challenges.ts'

const bearer = (params: Challenge['params']): Challenge => ({ scheme: 'bearer', params })

describe('parseChallenges', () => {
  it.each<[string, Challenge[]]>([
    ['', []],
    ['Basic', [{ scheme: 'basic', params: {} }]],
    ['Basic realm="a, b"', [{ scheme: 'basic', params: { realm: 'a, b' } }]],
    [
      'Bearer realm="https://a/t",service="s",scope="repository:x/y:pull,push"',
      [bearer({ realm: 'https://a/t', service: 's', scope: 'repository:x/y:pull,push' })],
    ],
    ['bearer Realm = "r" , SERVICE=s', [bearer({ realm: 'r', service: 's' })]],
    [
      'Basic realm="x", Bearer realm="r",service="s"',
      [{ scheme: 'basic', params: { realm: 'x' } }, bearer({ realm: 'r', service: 's' })],
    ],
    ['Bearer realm="r", Basic', [bearer({ realm: 'r' }), { scheme: 'basic', params: {} }]],
    [
      'Negotiate, Basic realm="x"',
      [
        { scheme: 'negotiate', params: {} },
        { scheme: 'basic', params: { realm: 'x' } },
      ],
    ],
    ['Negotiate abc==, Bearer realm="r"', [{ scheme: 'negotiate', params: {} }, bearer({ realm: 'r' })]],
    ['Basic realm="say \\"hi\\" \\\\"', [{ scheme: 'basic', params: { realm: 'say "hi" \\' } }]],
    [
      ' ,, Basic realm=x,, Bearer realm=y ,',
      [{ scheme: 'basic', params: { realm: 'x' } }, bearer({ realm: 'y' })],
    ],
    [
      'Bearer realm="r",error="invalid_token",error_description="a, b=c"',
      [bearer({ realm: 'r', error: 'invalid_token', error_description: 'a, b=c' })],
    ],
    ['Bearer realm="first",realm="second"', [bearer({ realm: 'first' })]],
    ['Basic realm="never closed', [{ scheme: 'basic', params: {} }]],
    ['"', []],
  ])('reads %j', (header, challenges) => {
    expect(
      parseChallenges(header)
        .slice(0, challenges.length || 1)
        .map((c) => ({ ...c, params: { ...c.params } })),
    ).toEqual(challenges)
  })

  it('takes __proto__ as a name like any other', () => {
    const [challenge] = parseChallenges('Basic __proto__="x", realm="y"')
    expect(Object.entries(challenge?.params ?? {})).toEqual([
      ['__proto__', 'x'],
      ['realm', 'y'],
    ])
  })

  it('ends with any header, in time that grows with its length only', () => {
    for (const header of [
      'Basic '.repeat(50_000),
      `Bearer ${'a='.repeat(50_000)}`,
      `B "${'\\'.repeat(99_999)}`,
    ]) {
      const started = performance.now()
      parseChallenges(header)
      expect(performance.now() - started).toBeLessThan(3000)
    }
  })
})
