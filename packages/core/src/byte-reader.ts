/** Reads a stream of chunks by length. */
export interface ByteReader {
  /** The next `length` bytes; fewer at the end of the stream. */
  take(length: number): Promise<Buffer>
  /** The next `length` bytes as they come; without a length, all that are left. */
  pass(length?: number): AsyncGenerator<Buffer>
}

export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  /** Some bytes, at most `length`; none at the end of the stream. */
  async function some(length: number): Promise<Buffer> {
    while (held.length === 0) {
      const next = await chunks.next()
      if (next.done) return held
      held = next.value
    }
    const part = held.subarray(0, length)
    held = held.subarray(part.length)
    return part
  }
  return {
    async take(length) {
      const parts: Buffer[] = []
      for (let missing = length; missing > 0; ) {
        const part = await some(missing)
        if (part.length === 0) break
        parts.push(part)
        missing -= part.length
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    },
    async *pass(length = Infinity) {
      for (let missing = length; missing > 0; ) {
        const part = await some(missing)
        if (part.length === 0) return
        yield part
        missing -= part.length
      }
    },
  }
}
