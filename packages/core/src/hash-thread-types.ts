/** A hash that a {@link HashThread} computes. */
export interface ThreadHash {
  readonly key: number
  readonly thread: HashThread
  /** Adds what an open file holds from `from` on, at most `length` bytes; returns how many there were. */
  updateFrom(fd: number, from: number, length: number): Promise<number>
  /** The hash of all bytes so far, in hexadecimal. More may follow. */
  peek(): Promise<string>
  /** As {@link peek}, and nothing follows. */
  digest(): Promise<string>
  /** Gives up; harmless after {@link digest}. */
  drop(): void
}

/** What a thread does with a buffer that is passed to it, in this order. */
export interface Passage {
  /** Parts of the buffer that are added to hashes of this thread. */
  readonly hashed?: readonly { readonly hash: ThreadHash; readonly from: number; readonly to: number }[]
  /** Parts whose CRC-32 is taken. */
  readonly crcs?: readonly (readonly [from: number, to: number])[]
  /** Writes the first `length` bytes to an open file, at its place; nothing once writing what `hash` covers has failed. */
  readonly write?: { readonly fd: number; readonly length: number; readonly hash: ThreadHash }
}

/** What comes back from a {@link Passage}. */
export interface Passed {
  /** The buffer that was passed; the one that was sent is empty since. */
  readonly buffer: Buffer
  readonly crcs: readonly number[]
  /** Bytes; fewer than asked for where there is an error. */
  readonly written: number
  /** What writing has thrown. */
  readonly error: NodeJS.ErrnoException | undefined
}

/** A thread that hashes, checks and writes while this one fetches, compresses and copies. Calls are served in order. */
export interface HashThread {
  hash(algorithm?: 'sha256' | 'blake2b512'): ThreadHash
  /** @param buffer of `takeBuffer()`: away until the promise gives it back */
  pass(buffer: Buffer, passage: Passage): Promise<Passed>
}
