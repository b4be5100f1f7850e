import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { type Digest, digestOf } from './digest.ts'
import { contentMismatch, type Expected, verified, verifying } from './verifying.ts'

const DIGEST = digestOf('content')
const OTHER = `sha256:${'0'.repeat(64)}` as Digest

async function through(expected: Expected, ...pieces: readonly string[]): Promise<string> {
  let text = ''
  await pipeline(
    Readable.from(pieces.map((piece) => Buffer.from(piece))),
    verifying(expected, 'r/app:1'),
    async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) text += chunk
    },
  )
  return text
}

describe('verifying', () => {
  it.each([
    ['in one piece', ['content']],
    ['in many', [...'content']],
  ])('lets bytes pass that are what they must be, %s', async (_what, pieces) => {
    expect(await through({ digest: DIGEST, size: 7 }, ...pieces)).toBe('content')
    expect(await through({ digest: DIGEST }, ...pieces)).toBe('content')
  })

  it('lets nothing pass where nothing is expected', async () => {
    expect(await through({ digest: digestOf(''), size: 0 })).toBe('')
  })

  it.each<[string, Expected, string[], object]>([
    [
      'another content',
      { digest: DIGEST, size: 7 },
      ['CONTENT'],
      {
        code: 'DIGEST_MISMATCH',
        exit: 4,
        what: { en: 'r/app:1: digest mismatch', zh: 'r/app:1：摘要不符' },
        because: {
          en: `expected ${DIGEST}, got ${digestOf('CONTENT')}`,
          zh: `期望 ${DIGEST}，实际 ${digestOf('CONTENT')}`,
        },
      },
    ],
    [
      'a content that is cut off',
      { digest: DIGEST, size: 7 },
      ['con'],
      {
        code: 'SIZE_MISMATCH',
        because: { en: 'expected 7 bytes, got 3', zh: '期望 7 字节，实际 3' },
      },
    ],
    ['a content that is cut off, of no known size', { digest: DIGEST }, ['con'], { code: 'DIGEST_MISMATCH' }],
    [
      'a content that goes on',
      { digest: DIGEST, size: 7 },
      ['content', 'x'],
      {
        code: 'SIZE_MISMATCH',
        what: { en: 'r/app:1: size mismatch', zh: 'r/app:1：长度与声明不符' },
        because: { en: 'expected 7 bytes, got more', zh: '期望 7 字节，实际更多' },
      },
    ],
    ['nothing', { digest: DIGEST, size: 7 }, [], { code: 'SIZE_MISMATCH' }],
  ])('fails for %s', async (_what, expected, pieces, error) => {
    await expect(through(expected, ...pieces)).rejects.toMatchObject({
      ...error,
      fix: { en: expect.stringContaining('try again'), zh: expect.stringContaining('重试') },
    })
  })

  it('does not wait for the end of a source that sends too much', async () => {
    let sent = 0
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        sent++
        yield Buffer.alloc(1000)
      }
    }
    const check = verifying({ digest: DIGEST, size: 5000 }, 'x')
    check.resume()
    await expect(pipeline(endless, check)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' })
    expect(sent).toBeLessThan(100)
  })
})

describe('the same for bytes that are there', () => {
  it('gives them back, or says what they are instead', () => {
    const bytes = Buffer.from('content')
    expect(verified(bytes, { digest: DIGEST, size: 7 }, 'x')).toBe(bytes)
    expect(() => verified(bytes, { digest: OTHER }, 'x')).toThrow(
      expect.objectContaining({ code: 'DIGEST_MISMATCH' }),
    )
    expect(() => verified(bytes, { digest: DIGEST, size: 8 }, 'x')).toThrow(
      expect.objectContaining({ code: 'SIZE_MISMATCH' }),
    )
  })

  it('tells a size before a digest: it says more', () => {
    expect(contentMismatch({ digest: OTHER, size: 1 }, { size: 2, digest: DIGEST }, 'x')).toMatchObject({
      code: 'SIZE_MISMATCH',
    })
    expect(contentMismatch({ digest: DIGEST }, { size: 2, digest: DIGEST }, 'x')).toBeNull()
  })
})
