import { expect, it } from 'vitest'
import { EdgeliftError, formatError } from './errors.ts'
import { plainJson, plainText } from './plain-text.ts'
import { rememberSecret, withoutSecrets } from './secrets.ts'

const SECRET = 'hunter2"+/'
const FORMS = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64'), 'hunter2\\"+/']

it('blanks a known secret in every form in which it is repeated, in errors, text and JSON', () => {
  rememberSecret(SECRET)
  for (const form of FORMS) {
    const error = new EdgeliftError('INTERNAL', 1, { what: 'w', because: `the server says: ${form}!` })
    expect(formatError(error, 'en')).toBe('error[INTERNAL]: w\ncause: the server says: …!')
    expect(error.message).not.toContain('hunter2')
    expect(plainText(`label ${form}`)).toBe('label …')
    expect(plainJson(JSON.stringify({ a: form }))).not.toContain('hunter2')
  }
})

it('blanks it inside the base64 of a Basic header, in form encoding, in HTML and in lower-case escapes', () => {
  const secret = 'pa ss&<w/ord>'
  rememberSecret(secret)
  const forms = [
    Buffer.from(`bob:${secret}`).toString('base64'),
    Buffer.from(`anna:${secret}:more`).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    new URLSearchParams({ p: secret }).toString(),
    encodeURIComponent(secret).replaceAll(/%../g, (byte) => byte.toLowerCase()),
    'pa ss&amp;&lt;w/ord&gt;',
  ]
  for (const form of forms) expect(withoutSecrets(`<${form}>`)).toContain('…')
})

it('blanks the longer of two secrets as a whole', () => {
  rememberSecret('inner-secret')
  rememberSecret('outer inner-secret outer')
  expect(withoutSecrets('<outer inner-secret outer>')).toBe('<…>')
})

it('takes no short value for a secret: it stands in ordinary words', () => {
  rememberSecret('the')
  expect(withoutSecrets('the server')).toBe('the server')
})
