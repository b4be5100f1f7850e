import { pipeline, type Readable } from 'node:stream'
import { type Expected, verifying } from '@edgelift/core'

/**
 * The chunks of a stream that must be what was expected, for code that consumes by `for await`. The last chunk may
 * have been given before the error comes. Stopping early destroys the source.
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH, and what the source throws
 */
export async function* verifiedChunks(
  source: Readable,
  expected: Expected,
  what: string,
): AsyncGenerator<Uint8Array> {
  // The consumer below sees every error of the pipeline as the error of its last stream.
  yield* pipeline(source, verifying(expected, what), () => {}) as AsyncIterable<Uint8Array>
}
