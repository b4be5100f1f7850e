import { expect, it } from 'vitest'
import { redact, redactUrl } from './redact.ts'

it.each([
  ['https://u:p@h.io:8443/a/b?X-Amz-Signature=s3cret#f', 'https://h.io:8443/a/b?…'],
  ['http://h/', 'http://h/'],
  ['no url: s3cret', '(not a URL)'],
])('shows %s as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})

it('takes secrets out of the words of others', () => {
  const words = redact(
    'GET https://u:s3cret@h/x?sig=s3cret failed; Authorization: Bearer s3cret.s3cret; Basic czNjcmV0czNjcmV0',
  )
  expect(words).not.toMatch(/s3cret|czNj/)
  expect(words).toContain('https://h/x?…')
})
