import { giveBuffer, takeBuffer } from './buffers.ts'
import type { ThreadHash } from './hash-thread-types.ts'

/** Appends to a file in pieces of 1 MiB, each hashed and written by another thread while the next is filled. */
export interface HashedWriter {
  /**
   * Takes bytes over: they may change once this returns, or, where there is a promise, once it resolves. Not to be called
   * again before that.
   * @throws what writing earlier bytes has thrown
   */
  write(bytes: Uint8Array): Promise<void> | undefined
  /** Resolves when everything is written and hashed; more may follow. */
  flush(): Promise<void>
}

/** Pieces that are under way while another one is filled. */
const IN_FLIGHT = 1

/**
 * @param options.hash covers what is written
 * @param options.also another hash of the same thread
 * @param options.wrote told how many bytes more the file has, also before an error
 */
export function hashedWriter(options: {
  readonly fd: number
  readonly hash: ThreadHash
  readonly also?: ThreadHash | undefined
  readonly wrote?: (bytes: number) => void
}): HashedWriter {
  const { fd, hash, also, wrote } = options
  const hashes = also === undefined ? [hash] : [hash, also]
  const waiting: Promise<void>[] = []
  let failure: { readonly error: unknown } | undefined
  let current: Buffer | undefined
  let filled = 0

  async function send(buffer: Buffer, length: number): Promise<void> {
    const hashed = hashes.map((one) => ({ hash: one, from: 0, to: length }))
    const passed = await hash.thread.pass(buffer, { hashed, write: { fd, length, hash } })
    wrote?.(passed.written)
    giveBuffer(passed.buffer)
    if (passed.error !== undefined) throw passed.error
  }

  function sendCurrent(): void {
    if (current === undefined || filled === 0) return
    const sending = send(current, filled)
    sending.catch((error: unknown) => {
      failure ??= { error }
    })
    waiting.push(sending)
    current = undefined
    filled = 0
  }

  async function fill(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (failure !== undefined) throw failure.error
      current ??= takeBuffer()
      const piece = bytes.subarray(at, at + current.length - filled)
      current.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled < current.length) return
      sendCurrent()
      if (waiting.length > IN_FLIGHT) await waiting.shift()
    }
  }

  return {
    write(bytes) {
      if (current === undefined || filled + bytes.length >= current.length) return fill(bytes)
      current.set(bytes, filled)
      filled += bytes.length
      return undefined
    },
    async flush() {
      if (failure === undefined) sendCurrent()
      await Promise.allSettled(waiting.splice(0))
      if (failure !== undefined) throw failure.error
    },
  }
}
