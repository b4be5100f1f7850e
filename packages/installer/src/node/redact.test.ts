import { expect, it } from 'vitest'
import { withoutTokens } from './redact.ts'

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl'

it.each([
  ['a join token', `said ${'ab'.repeat(32)}.${JWT} here`, 'said (token) here'],
  ['a token of a service account', `Bearer ${JWT}"`, 'Bearer (token)"'],
  ['a token of K3s', `"K10${'cd'.repeat(32)}::server:0123"`, '"(token)"'],
  [
    'a private key',
    'a\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\nb',
    'a\n(key)\nb',
  ],
  ['a private key that is cut off', '-----BEGIN PRIVATE KEY-----\nMHcC\n', '(key)'],
  [
    'credentials in a URL',
    'proxy http://bob:pa:ss@10.0.0.1:3128/',
    'proxy http://(credentials)@10.0.0.1:3128/',
  ],
  [
    'credentials with a mail address and a sign of one',
    'proxy http://me@corp.example:p@ss@proxy:3128/',
    'proxy http://(credentials)@proxy:3128/',
  ],
])('leaves out %s', (_what, text, expected) => {
  expect(withoutTokens(text)).toBe(expected)
})

it.each([
  `sha256:${'ab'.repeat(32)} of docker.io/kubeedge/cloudcore:v1.22.0`,
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  'https://10.77.0.1:10002/ca.crt for edge@10.77.0.1',
  'https://10.77.0.1:10002 for edge@10.77.0.1',
])('keeps what is none: %s', (text) => {
  expect(withoutTokens(text)).toBe(text)
})
