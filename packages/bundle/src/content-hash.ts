import { createHash, type Hash } from 'node:crypto'
import type { HashThread, ThreadHash } from '@edgelift/core'

/** The SHA-256 of a file's content, in this thread or in another one. */
export type ContentHash =
  | { readonly here: Hash; readonly apart?: undefined }
  | { readonly here?: undefined; readonly apart: ThreadHash }

/** Contents from this size on are hashed by another thread; for smaller ones, telling it takes as long as hashing. */
export const HASHED_APART = 128 * 1024

export function contentHash(size: number, thread: HashThread): ContentHash {
  return size < HASHED_APART ? { here: createHash('sha256') } : { apart: thread.hash() }
}
