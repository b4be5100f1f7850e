import { expect, it } from 'vitest'
import { otherFormat } from './other-format.ts'

const KNOWN = 'edgelift/delta/v1'

it('names both versions of a format', () => {
  const text = otherFormat({ format: 'edgelift/delta/v2' }, KNOWN)
  expect(text?.en).toBe('its format is edgelift/delta/v2, this edgelift reads edgelift/delta/v1')
  expect(text?.zh).toContain('edgelift/delta/v2')
})

it.each([
  ['the known version', { format: KNOWN }],
  ['another format', { format: 'edgelift/store-export/v2' }],
  ['a format that only begins alike', { format: 'edgelift/deltas/v2' }],
  ['no text', { format: 2 }],
  ['no format', {}],
  ['nothing', null],
])('says nothing of %s', (_what, document) => {
  expect(otherFormat(document, KNOWN)).toBeUndefined()
})
