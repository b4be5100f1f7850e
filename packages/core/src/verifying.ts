import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { fail } from './codes.ts'
import type { Digest } from './digest.ts'

/** What bytes must be: `size` is left out only where the source does not declare one. */
export interface Expected {
  readonly digest: Digest
  readonly size?: number
}

/**
 * The choke point: every byte that enters the store, an archive or a node passes through this stream. It lets
 * bytes pass as they come and fails the pipeline at the end (or as soon as there are too many), so what is
 * written behind it must not be used before the pipeline has succeeded.
 * @param what how an error names the content: a reference, a URL, a path
 * @throws (as a stream error) SIZE_MISMATCH, DIGEST_MISMATCH, each with both values
 */
export function verifying(expected: Expected, what: string): Transform {
  const hash = createHash('sha256')
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (expected.size !== undefined && seen > expected.size) {
        done(sizeMismatch(what, expected.size, seen, true))
        return
      }
      hash.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      done(contentMismatch(expected, { size: seen, digest: `sha256:${hash.digest('hex')}` }, what))
    },
  })
}

/** The same check for bytes that are in memory; returns them. */
export function verified<T extends Uint8Array>(bytes: T, expected: Expected, what: string): T {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const error = contentMismatch(expected, { size: bytes.length, digest }, what)
  if (error) throw error
  return bytes
}

/** The error of content that is not what was expected; null when it is. For bytes that were hashed on their way. */
export function contentMismatch(
  expected: Expected,
  found: { readonly size: number; readonly digest: string },
  what: string,
): Error | null {
  const { size, digest } = found
  if (expected.size !== undefined && size !== expected.size)
    return sizeMismatch(what, expected.size, size, false)
  if (digest === expected.digest) return null
  return fail('DIGEST_MISMATCH', {
    what: { en: `${what}: digest mismatch`, zh: `${what}：摘要不符` },
    because: {
      en: `expected ${expected.digest}, got ${digest}`,
      zh: `期望 ${expected.digest}，实际 ${digest}`,
    },
    fix: {
      en: 'try again; if it fails again, check the source',
      zh: '请重试，仍失败则检查来源',
    },
  })
}

function sizeMismatch(what: string, expected: number, got: number, more: boolean): Error {
  return fail('SIZE_MISMATCH', {
    what: { en: `${what}: size mismatch`, zh: `${what}：长度与声明不符` },
    because: {
      en: `expected ${expected} bytes, got ${more ? 'more' : got}`,
      zh: `期望 ${expected} 字节，实际${more ? '更多' : ` ${got}`}`,
    },
    fix: { en: 'try again; if it fails again, check the source', zh: '请重试，仍失败则检查来源' },
  })
}
