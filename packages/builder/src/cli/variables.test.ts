import type { WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import { pathVariable, warnOfMistypedVariables } from './variables.ts'

function warnings(env: Record<string, string>): string[] {
  const events: WorkEvent[] = []
  warnOfMistypedVariables(env, (event) => events.push(event))
  return events.flatMap((event) => (event.type === 'note' ? [event.text.en] : []))
}

it.each([
  ['EDGELIFT_STOER', 'did you mean EDGELIFT_STORE?'],
  ['EDGELIFT_CONFG', 'did you mean EDGELIFT_CONFIG?'],
  ['EDGELIFT_LNAG', 'did you mean EDGELIFT_LANG?'],
])('warns of %s', (name, words) => {
  expect(warnings({ [name]: 'x' })).toEqual([expect.stringContaining(words)])
})

it('is silent about variables that are right, and about those of others', () => {
  const names = ['STORE', 'CONFIG', 'LANG', 'KEY', 'PACKAGE', 'NODE_IP', 'TEST_CACHE', 'SHARED']
  expect(warnings(Object.fromEntries(names.map((name) => [`EDGELIFT_${name}`, 'x'])))).toEqual([])
})

it('refuses a path with ~, of which a folder of that name would come', () => {
  const env = { EDGELIFT_STORE: '~/store', EDGELIFT_CONFIG: './~/file' }
  expect(() => pathVariable('EDGELIFT_STORE', env)).toThrow(
    expect.objectContaining({ code: 'ENVIRONMENT_INVALID' }),
  )
  expect(pathVariable('EDGELIFT_CONFIG', env)).toBe('./~/file')
  expect(pathVariable('EDGELIFT_CONFIG', { EDGELIFT_CONFIG: '' })).toBeUndefined()
})
