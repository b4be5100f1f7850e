import { coreCodes, failures } from '@edgelift/core'
import { expect, it } from 'vitest'
import { type Check, type Explanation, outcomeOf } from './check.ts'

const why = { en: 'no reply', zh: '无响应' }
const explanation: Explanation = {
  code: 'ENDPOINTS_STALE',
  cause: { en: 'old', zh: '旧' },
  fix: { en: 'refresh', zh: '刷新' },
}
let asked = 0
const check = (seen: Awaited<ReturnType<Check['run']>>): Check => ({
  id: 'functional',
  title: { en: 'a service responds', zh: 'Service 可访问' },
  edgemesh: true,
  run: async () => seen,
  explain: async () => {
    asked += 1
    return explanation
  },
})

it('looks for the cause of a check that does not hold, and of no other', async () => {
  expect(await outcomeOf(check(undefined))).toEqual({ state: 'ok' })
  expect(await outcomeOf(check({ skipped: why }))).toEqual({ state: 'skipped', why })
  expect(asked).toBe(0)
  expect(await outcomeOf(check(why))).toEqual({ state: 'failed', why, explanation })
})

it('says what a program that failed had to say', async () => {
  const failed = (because?: string) => {
    const said = because === undefined ? {} : { because }
    return failures(coreCodes)('COMMAND_FAILED', { what: 'kubectl failed', ...said })
  }
  const whyOf = async (error: Error) =>
    await outcomeOf({ ...check(undefined), run: () => Promise.reject(error) })
  expect(await whyOf(failed('a warning\nattempt to write a readonly database\n'))).toEqual({
    state: 'failed',
    why: {
      en: 'kubectl failed: attempt to write a readonly database',
      zh: 'kubectl failed：attempt to write a readonly database',
    },
  })
  expect(await whyOf(failed())).toMatchObject({ why: { en: 'kubectl failed' } })
})
