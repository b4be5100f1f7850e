import { tarPadding } from '@edgelift/core'
import { memberSize, packMember, unpackMember } from '../../../packages/bundle/src/gzip-member.ts'

/** One gzip member: what it holds, and how. */
export interface Member {
  readonly raw: Buffer
  readonly stored: boolean
}

/** Cuts an archive into its members. */
export async function membersOf(archive: Buffer): Promise<Member[]> {
  const members: Member[] = []
  for (let at = 0; at < archive.length; ) {
    const size = memberSize(archive.subarray(at)) ?? archive.length
    const { raw } = await unpackMember(archive.subarray(at, at + size))
    members.push({ raw: Buffer.concat(raw), stored: ((archive[at + 24] ?? 0) & 6) === 0 })
    at += size
  }
  return members
}

/** Packs members with right lengths and checksums: what is changed in them is all that is wrong. */
export async function packMembers(members: readonly Member[]): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (const { raw, stored } of members) pieces.push(...(await packMember(raw, !stored)))
  return Buffer.concat(pieces)
}

export function tarOf(members: readonly Member[]): Buffer {
  return Buffer.concat(members.map(({ raw }) => raw))
}

/** The same members over another tar of the same length. */
export function withTar(members: readonly Member[], tar: Buffer): Member[] {
  let at = 0
  return members.map(({ raw, stored }) => {
    at += raw.length
    return { raw: tar.subarray(at - raw.length, at), stored }
  })
}

/** Where the entries of a tar begin and end; a pax header is an entry of its own here. */
export function entriesOf(tar: Buffer): { readonly at: number; readonly end: number }[] {
  const entries: { at: number; end: number }[] = []
  for (let at = 0; tar[at] !== 0 && at < tar.length; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8)
    const end = at + 512 + size + tarPadding(size)
    entries.push({ at, end })
    at = end
  }
  return entries
}
