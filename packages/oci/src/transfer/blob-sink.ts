import type { Readable } from 'node:stream'

/** A place that keeps the bytes of one transfer, so that a cut transfer goes on, also in the next process. */
export interface BlobSink {
  /** How many bytes are there; a transfer asks the source for the rest. */
  offset(): Promise<number>
  /**
   * The bytes that are there, from the first to the last. With it, what an earlier process left is hashed and
   * kept; a sink without it and without {@link content} is emptied before a transfer begins.
   */
  existing?(): Readable
  /**
   * Size and digest of all that is there, from a sink that hashes while it writes: a transfer then checks these
   * instead of hashing every byte a second time.
   */
  content?(): Promise<{ readonly size: number; readonly digest: string }>
  /** Appends a stream at `from`, which is {@link offset}. When the stream fails, what arrived stays. */
  append(from: number, body: Readable): Promise<void>
  /** Gives up what is there. */
  reset(): Promise<void>
}
