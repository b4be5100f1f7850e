import { createHash } from 'node:crypto'
import { fail } from './codes.ts'

/**
 * A digest as the OCI image specification writes it (descriptor.md, "Digests"), of the one algorithm that
 * edgelift accepts: `sha256:` and 64 lower-case hexadecimal digits.
 */
export type Digest = string & { readonly digest: unique symbol }

const SHAPE = /^sha256:[0-9a-f]{64}$/

export function isDigest(text: string): text is Digest {
  return SHAPE.test(text)
}

/** @throws DIGEST_INVALID, naming `where` the text stood */
export function parseDigest(text: string, where: string): Digest {
  if (isDigest(text)) return text
  throw fail('DIGEST_INVALID', {
    what: { en: `${where}: "${text}" is not a sha256 digest`, zh: `${where}："${text}" 不是 sha256 摘要` },
    fix: {
      en: 'write it as sha256: and 64 lower-case hex digits',
      zh: '请写成 sha256: 加 64 位小写十六进制数',
    },
  })
}

/** The digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest
}

/** The 64 hexadecimal digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}
