import { CHUNK } from './sizes.ts'

/** By their size. They go round: to make one for each piece keeps the garbage collector busy. */
const spare = new Map<number, ArrayBuffer[]>()
/** Of one size: what an archive needs at once. Transfers take more, which would lie idle while it is written. */
const SPARE_LIMIT = 6

/**
 * A buffer of its own memory, which can be sent to another thread, with whatever its last user left in it.
 * @param size those of 1 MiB and more go round: there are few such sizes
 */
export function takeBuffer(size = CHUNK): Buffer {
  return Buffer.from(spare.get(size)?.pop() ?? new ArrayBuffer(size))
}

/** Gives the memory of a buffer of {@link takeBuffer} back; nobody looks at it any more. */
export function giveBuffer(buffer: Buffer): void {
  const memory = buffer.buffer as ArrayBuffer
  if (memory.byteLength < CHUNK) return
  const same = spare.get(memory.byteLength) ?? []
  if (same.length < SPARE_LIMIT) same.push(memory)
  spare.set(memory.byteLength, same)
}
