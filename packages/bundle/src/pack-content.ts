import { giveBuffer, takeBuffer } from '@edgelift/core'
import { MEMBER_BYTES, packMember } from './gzip-member.ts'
import { IN_FLIGHT } from './member-sink.ts'

/**
 * Packs the content of one file into members of its own, deflated, several at once. The same content gives the same
 * members, so they can be kept and put into every archive that holds the file.
 */
export async function* packContent(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const waiting: Promise<Uint8Array[]>[] = []
  const pack = (raw: Buffer, length: number): void => {
    const member = packMember(raw.subarray(0, length), true).finally(() => giveBuffer(raw))
    member.catch(() => {}) // told when its turn comes
    waiting.push(member)
  }
  let pending = takeBuffer(MEMBER_BYTES)
  let filled = 0
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + MEMBER_BYTES - filled)
      pending.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled < MEMBER_BYTES) continue
      pack(pending, filled)
      pending = takeBuffer(MEMBER_BYTES)
      filled = 0
      if (waiting.length >= IN_FLIGHT) yield* (await waiting.shift()) ?? []
    }
  }
  if (filled > 0) pack(pending, filled)
  else giveBuffer(pending)
  for (const member of waiting) yield* await member
}
