import type { EdgeliftError } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { fail } from '../codes.ts'
import { exchangeError, networkError, RetryableError } from './retryable-error.ts'

const URL_ASKED = 'https://reg.test/v2/?token=s3cret'
const coded = (code: string, message = 'words of the system', cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { code })
const meaning = (error: unknown, signal?: AbortSignal) =>
  exchangeError(error, URL_ASKED, signal) as RetryableError & EdgeliftError

describe('an error that came out of an exchange', () => {
  it.each([
    ['ENOTFOUND', true, 'the host name cannot be resolved (ENOTFOUND)'],
    ['ECONNREFUSED', true, 'connection refused (ECONNREFUSED)'],
    ['UND_ERR_CONNECT_TIMEOUT', true, 'the connection attempt timed out (UND_ERR_CONNECT_TIMEOUT)'],
    ['ECONNRESET', false, 'the connection was reset (ECONNRESET)'],
    ['UND_ERR_SOCKET', false, 'the connection was cut (UND_ERR_SOCKET)'],
    ['UND_ERR_BODY_TIMEOUT', false, 'the stream stalled (UND_ERR_BODY_TIMEOUT)'],
    ['E_OF_TOMORROW', false, 'E_OF_TOMORROW: words of the system'],
  ])('may go away with another attempt: %s', (code, unreachable, words) => {
    const error = meaning(coded(code))
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ unreachable, message: words, text: { en: words } })
    expect(error.text.zh).toContain(code)
  })

  it.each([
    ['the cause of another', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') })],
    ['the first of several addresses', new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])],
  ])('is told by its code also as %s', (_what, error) => {
    expect(meaning(error)).toMatchObject({ unreachable: true, message: 'connection refused (ECONNREFUSED)' })
  })

  it.each([
    ['bad response', /100 Continue/],
    ['bad upgrade', /switched to another protocol/],
  ])('is one of the server where undici says "%s"', (words, text) => {
    const cause = new Error(words)
    expect(meaning(coded('UND_ERR_SOCKET', 'other side closed', cause)).text.en).toMatch(text)
  })

  it.each([
    ['Proxy Authentication Required (407) when tunneling', /USER:PASSWORD@HOST.*\(status 407\)$/],
    ['Proxy response (403) !== 200 when HTTP Tunneling', /refused to connect to the server \(status 403\)$/],
  ])('is the proxy’s: %s', (words, text) => {
    const error = meaning(new Error('x', { cause: new Error(words) }))
    expect(error).toMatchObject({ unreachable: true, text: { en: expect.stringMatching(text) } })
  })

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /certificate of its authority/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /certificate of its authority/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /plain HTTP/],
    ['EPROTO', /plain HTTP/],
  ])('is final where the certificate is not trusted: %s', (code, fix) => {
    expect(meaning(coded(code))).toMatchObject({
      ...{ code: 'TLS_UNTRUSTED', what: { en: 'reg.test: no trusted TLS connection' } },
      fix: { en: expect.stringMatching(fix) },
    })
  })

  it('is the caller’s own where the signal came, whatever broke then', () => {
    const stop = new AbortController()
    stop.abort()
    const error = meaning(coded('ECONNRESET'), stop.signal)
    expect(error).toMatchObject({ code: 'INTERRUPTED', exit: 5 })
    expect(JSON.stringify(error)).not.toContain('s3cret')
  })

  it.each([
    ['an error for people', fail('SOURCE_NOT_FOUND', { what: 'x', fix: 'x' })],
    ['one that another attempt may fix', new RetryableError('x')],
  ])('stays what it is: %s', (_what, error) => {
    const stop = new AbortController()
    stop.abort()
    expect(exchangeError(error, URL_ASKED, stop.signal)).toBe(error)
  })

  it('is the server’s where only words of a parser are left, never a defect of ours', () => {
    const words = 'reg.test sent a malformed HTTP response: Invalid header token'
    expect(meaning(new TypeError('Invalid header token')).message).toBe(words)
    expect(meaning('not even an error').message).toContain('not even an error')
  })
})

it('an error of something else is returned as it is where it may be anything', () => {
  const error = new TypeError('a defect')
  expect(networkError(error, URL_ASKED)).toBe(error)
})
