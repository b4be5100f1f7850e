import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'

/** What upstream says of a content, and what the content is. */
export interface Dissent {
  /** As in Subresource Integrity: `sha512-…`. */
  readonly expected: string
  readonly found: string
}

/**
 * The first of upstream's hashes that a content does not have. SHA-256 is passed over: the store checks it.
 * @param integrity hashes in several algorithms, separated by blanks; of each algorithm one
 * @param open gives the content; not called where there is nothing to check
 */
export async function dissentOf(integrity: string, open: () => Readable): Promise<Dissent | undefined> {
  const claims = integrity
    .split(' ')
    .map((expected) => ({ expected, algorithm: expected.slice(0, expected.indexOf('-')) }))
    .filter(({ algorithm }) => algorithm !== 'sha256')
    .map((claim) => ({ ...claim, hash: createHash(claim.algorithm) }))
  if (claims.length === 0) return undefined
  for await (const chunk of open() as AsyncIterable<Buffer>) for (const { hash } of claims) hash.update(chunk)
  return claims
    .map(({ expected, algorithm, hash }) => ({ expected, found: `${algorithm}-${hash.digest('base64')}` }))
    .find(({ expected, found }) => expected !== found)
}
