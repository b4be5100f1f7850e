import { CHUNK, giveBuffer, type HashThread, type ThreadHash, takeBuffer } from '@edgelift/core'
import { HASHED_APART } from './content-hash.ts'
import { crcParts, MEMBER_BYTES, packMember } from './gzip-member.ts'

/** How many members may be deflating at once: both cores of a small machine, and one that is written. */
export const IN_FLIGHT = 3

/** A member that is made. */
interface Made {
  readonly pieces: readonly Uint8Array[]
  readonly raw: Buffer
}

/** A part of the raw bytes that another thread has still to hash. */
interface Part {
  readonly hash: ThreadHash
  readonly from: number
  to: number
}

/**
 * Cuts the tar stream into members, compresses several at once, and writes them in their order, while what comes next is taken.
 * @param put takes the pieces one after the other; each may change once it has returned
 * @param thread hashes contents and takes checksums; this one does where it is left out
 */
export function memberSink(put: (piece: Uint8Array) => Promise<void>, thread?: HashThread) {
  const waiting: Promise<void>[] = []
  let last = Promise.resolve()
  let size = 0
  let pending = takeBuffer(MEMBER_BYTES)
  let filled = 0
  let compressed = true
  let parts: Part[] = []

  async function writePiece(piece: Uint8Array): Promise<void> {
    size += piece.length
    await put(piece)
  }

  async function writeAfter(before: Promise<void>, member: Promise<Made>): Promise<void> {
    await Promise.allSettled([before, member]) // where writing has failed, the member is waited for all the same
    const [, { pieces, raw }] = await Promise.all([before, member])
    for (const piece of pieces) await writePiece(piece)
    giveBuffer(raw)
  }

  async function cut(): Promise<void> {
    if (filled === 0) return
    last = writeAfter(last, makeMember({ raw: pending, length: filled, compressed, parts }, thread))
    last.catch(() => {}) // told to whoever waits for its turn
    waiting.push(last)
    pending = takeBuffer(MEMBER_BYTES)
    filled = 0
    parts = []
    if (waiting.length >= IN_FLIGHT) await waiting.shift()
  }

  async function end(): Promise<number> {
    await cut()
    while (waiting.length > 0) await waiting.shift()
    return size
  }

  return {
    /** @param content of which the chunk is a part, where the thread hashes it */
    async write(chunk: Uint8Array, compress: boolean, content?: ThreadHash): Promise<void> {
      if (compress !== compressed) {
        await cut()
        compressed = compress
      }
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + MEMBER_BYTES - filled)
        pending.set(piece, filled)
        if (content !== undefined) addPart(parts, content, filled, filled + piece.length)
        filled += piece.length
        at += piece.length
        if (filled === MEMBER_BYTES) await cut()
      }
    },
    /** The hash of a content of which everything has been written. */
    async digest(content: ThreadHash): Promise<string> {
      const part = parts.find((one) => one.hash === content)
      if (part !== undefined) {
        // The member is not full yet and cannot be sent away.
        parts = parts.filter((one) => one !== part)
        const copy = takeBuffer(part.to - part.from <= CHUNK ? CHUNK : MEMBER_BYTES)
        const length = pending.copy(copy, 0, part.from, part.to)
        const { buffer } = await content.thread.pass(copy, {
          hashed: [{ hash: content, from: 0, to: length }],
        })
        giveBuffer(buffer)
      }
      return content.digest()
    },
    /** Appends whole members. */
    async append(members: AsyncIterable<Uint8Array>): Promise<void> {
      await end()
      for await (const piece of members) await writePiece(piece)
    },
    /** Ends the current member and writes all of them; returns how many bytes they have, from the first on. */
    end,
    /** Waits for what is under way, whatever comes of it. */
    async drain(): Promise<void> {
      await Promise.allSettled(waiting)
    },
  }
}

function addPart(parts: Part[], hash: ThreadHash, from: number, to: number): void {
  const last = parts.at(-1)
  if (last?.hash === hash && last.to === from) last.to = to
  else parts.push({ hash, from, to })
}

interface RawMember {
  readonly raw: Buffer
  readonly length: number
  readonly compressed: boolean
  readonly parts: readonly Part[]
}

async function makeMember(
  { raw, length, compressed, parts }: RawMember,
  thread: HashThread | undefined,
): Promise<Made> {
  if (thread === undefined || (length < HASHED_APART && parts.length === 0))
    return { pieces: await packMember(raw.subarray(0, length), compressed), raw }
  const { buffer, crcs } = await thread.pass(raw, { hashed: parts, crcs: crcParts(length, compressed) })
  return { pieces: await packMember(buffer.subarray(0, length), compressed, crcs), raw: buffer }
}
