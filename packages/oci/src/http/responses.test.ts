import { gzipSync } from 'node:zlib'
import { same } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { excerpt, typeAndWords } from './responses.ts'

describe('excerpt', () => {
  it.each([
    ['a registry’s errors', '{"errors":[{"code":"DENIED","message":"no"}]}', 'DENIED: no'],
    ['a page', '<html><style>b{}</style><h1>Log  in</h1>\n<p>please</p></html>', 'Log in please'],
    ['a long text', 'x'.repeat(200), `${'x'.repeat(160)}…`],
    ['a page with a stray control character', '<p>over\u0000loaded</p>', 'over loaded'],
    ['nothing', '', ''],
  ])('shows the words of %s', (_, body, words) => {
    expect(excerpt(Buffer.from(body))).toBe(words)
  })

  it('quotes nothing of what is no text', () => {
    expect(excerpt(gzipSync('a layer'))).toBe('')
    expect(excerpt(Buffer.from('\u007fELF\u0002\u0001\u0001\u0000\u0000'))).toBe('')
  })
})

it('a body is told by its type, and by its words where it has some', () => {
  expect(typeAndWords('text/html', Buffer.from('<p>hello</p>'))).toEqual({
    en: 'text/html: "hello"',
    zh: 'text/html："hello"',
  })
  expect(typeAndWords('application/gzip', gzipSync('a layer'))).toEqual(same('application/gzip'))
  expect(typeAndWords(undefined, Buffer.of())).toEqual({ en: 'no content type', zh: '未注明类型' })
})
