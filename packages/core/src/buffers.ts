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

/** A port without another end: what is transferred to it is freed (HTML, 9.4.3, "message port post message steps"). */
const nowhere = (() => {
  const { port1, port2 } = new MessageChannel()
  port2.close()
  return port1
})()

/**
 * Frees the memory of a buffer that a library has made: V8 collects large ones late, and holds up to 64 MB of them.
 * @param buffer the only view of its memory; it is empty from then on
 */
export function freeBuffer(buffer: Uint8Array): void {
  const memory = buffer.buffer as ArrayBuffer
  if (memory.byteLength >= CHUNK) nowhere.postMessage(undefined, [memory]) // Node's own pool of small ones is shared
}
