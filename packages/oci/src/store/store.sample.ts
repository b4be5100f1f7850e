import { type Digest, digestOf } from '@edgelift/core'

/** Blobs for the tests of parallel processes: of 4 MiB, each with its own bytes. */
export const SAMPLES = 6

export function sampleBytes(index: number): Buffer {
  const block = Buffer.alloc(4096)
  const bytes = Buffer.alloc(4 * 1024 * 1024 + index)
  for (let at = 0, count = index * 7919; at < bytes.length; at += block.length, count++) {
    block.fill(`${count.toString(36)}.`)
    block.copy(bytes, at)
  }
  return bytes
}

export function sampleDigests(): Digest[] {
  return Array.from({ length: SAMPLES }, (_, index) => digestOf(sampleBytes(index)))
}
