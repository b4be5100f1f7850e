import { expect, it } from 'vitest'
import { EdgeliftError, formatError } from './errors.ts'
import { beginningOf, plainJson, plainText } from './plain-text.ts'
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

it.each<[string, (secret: string) => string]>([
  ['JSON of PHP', (secret) => JSON.stringify(secret).replaceAll('/', '\\/')],
  ['JSON in ASCII, as Python writes it', () => '"\\u00e4\\u007e/x \'(\\ud83d\\ude00)!"'],
  ['JSON within JSON within JSON', (secret) => JSON.stringify(JSON.stringify(JSON.stringify(secret)))],
  ['a query of Go', () => '%C3%A4~%2Fx+%27%28%F0%9F%98%80%29%21'],
  ['a path of Python', () => '%C3%A4~/x%20%27%28%F0%9F%98%80%29%21'],
  ['a URL within a URL', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ['HTML of Go', () => 'ä~/x &#39;(😀)!'],
  ['HTML of Python', () => 'ä~/x &#x27;(😀)!'],
  ['HTML within HTML', () => 'ä~/x &amp;#39;(😀)!'],
  ['XML', () => '&#xe4;~&#x2F;x &apos;(&#128512;)!'],
  ['a string of C', () => "\\xc3\\xa4~/x '(".replace('\\xc3\\xa4', '\\xe4').concat('😀)!')],
  ['hexadecimal digits', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
])('blanks it in %s', (_name, spell) => {
  const secret = "ä~/x '(😀)!"
  rememberSecret(secret)
  expect(withoutSecrets(`<${spell(secret)}>`)).toMatch(/^<[\\"]*…[\\"]*>$/)
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

it('cuts a text behind its secrets, never through one', () => {
  rememberSecret('a-long-secret')
  expect(beginningOf('it is a-long-secret and more', 12)).toBe('it is … and ')
  expect(beginningOf('see https://me:pass@h.example/', 20)).toBe('see https://…@h.exam')
})

it('blanks a secret without the blanks around it', () => {
  rememberSecret('of-a-file-with-a-line-end\n')
  expect(withoutSecrets('it says of-a-file-with-a-line-end?')).toBe('it says …?')
})
