import { createHash, type Hash } from 'node:crypto'
import { readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { giveBuffer, takeBuffer } from './buffers.ts'
import type { HashThread, ThreadHash } from './hash-thread-types.ts'

/** This thread in the place of another one: for little work, telling another thread of it takes longer than doing it. */
export function hashHere(): HashThread {
  const hashes = new WeakMap<ThreadHash, Hash>()
  const here: HashThread = {
    hash(algorithm = 'sha256') {
      const own = createHash(algorithm)
      const peek = async () => own.copy().digest('hex')
      const hash: ThreadHash = {
        key: -1,
        thread: here,
        updateFrom: async (fd, from, length) => updateFrom(own, { fd, from, length }),
        peek,
        digest: peek,
        drop: () => {},
      }
      hashes.set(hash, own)
      return hash
    },
    async pass(buffer, { hashed = [], crcs = [], write }) {
      for (const { hash, from, to } of hashed) hashes.get(hash)?.update(buffer.subarray(from, to))
      let written = 0
      while (write !== undefined && written < write.length)
        written += writeSync(write.fd, buffer, written, write.length - written)
      const sums = crcs.map(([from, to]) => crc32(buffer.subarray(from, to)))
      return { buffer, crcs: sums, written, error: undefined }
    },
  }
  return here
}

function updateFrom(
  hash: Hash,
  { fd, from, length }: { readonly fd: number; readonly from: number; readonly length: number },
): number {
  const buffer = takeBuffer()
  let done = 0
  while (done < length) {
    const count = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), from + done)
    if (count === 0) break
    hash.update(buffer.subarray(0, count))
    done += count
  }
  giveBuffer(buffer)
  return done
}
