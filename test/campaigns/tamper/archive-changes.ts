import { gzipSync } from 'node:zlib'
import { newKey } from '@edgelift/bundle'
import { TAR_BLOCK, tarHeader, writeTarChecksum } from '@edgelift/core'
import type { Random } from '../random.ts'
import { entriesOf, type Member, membersOf, packMembers, tarOf, withTar } from './members.ts'

/** Changes the bytes of an archive; the result always differs. */
export type ArchiveChange = (archive: Buffer, random: Random) => Promise<Buffer>

/** Fields of a ustar header: where, and how long. */
const FIELDS: readonly (readonly [name: string, at: number, length: number])[] = [
  ['name', 0, 100],
  ['mode', 100, 8],
  ['uid', 108, 8],
  ['gid', 116, 8],
  ['size', 124, 12],
  ['mtime', 136, 12],
  ['type', 156, 1],
  ['link', 157, 100],
  ['magic', 257, 8],
  ['uname', 265, 32],
  ['gname', 297, 32],
  ['device', 329, 16],
  ['prefix', 345, 155],
  ['reserved', 500, 12],
]

const byMembers =
  (change: (members: Member[], random: Random) => Member[]): ArchiveChange =>
  async (archive, random) =>
    packMembers(change(await membersOf(archive), random))

const byEntries =
  (change: (entries: Buffer[], random: Random) => Buffer[]): ArchiveChange =>
  async (archive, random) => {
    const tar = tarOf(await membersOf(archive))
    const places = entriesOf(tar)
    const entries = places.map(({ at, end }) => tar.subarray(at, end))
    const rest = tar.subarray(places.at(-1)?.end ?? 0)
    return packMembers([
      { raw: Buffer.concat([...change(entries, random), rest]), stored: random.chance(0.5) },
    ])
  }

/** Changes a copy of the tar in place. */
const byTar =
  (change: (tar: Buffer, random: Random) => void): ArchiveChange =>
  async (archive, random) => {
    const members = await membersOf(archive)
    const tar = Buffer.from(tarOf(members))
    change(tar, random)
    return packMembers(withTar(members, tar))
  }

const NEW_ENTRIES = (random: Random): Buffer =>
  Buffer.from(
    tarHeader({
      path: random.pick(['elsewhere', 'etc/cron.d/x', 'kubeedge-edge-1.22.0-amd64/more', 'x/y/z']),
      type: random.pick(['file', 'directory']),
      size: 0,
      mode: random.pick([0o644, 0o755]),
    }),
  )

export const ARCHIVE_CHANGES: Readonly<Record<string, ArchiveChange>> = {
  'one bit': async (archive, random) => {
    const changed = Buffer.from(archive)
    const at = random.below(changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  'cut off': async (archive, random) => archive.subarray(0, random.below(archive.length)),
  'bytes behind its end': async (archive, random) =>
    Buffer.concat([archive, Buffer.alloc(1 + random.below(600), random.below(2))]),
  'one entry removed': byEntries((entries, random) => entries.toSpliced(random.below(entries.length), 1)),
  'one entry twice': byEntries((entries, random) => {
    const at = random.below(entries.length)
    return entries.toSpliced(random.below(entries.length), 0, entries[at] ?? Buffer.alloc(0))
  }),
  'one entry added': byEntries((entries, random) =>
    entries.toSpliced(random.below(entries.length + 1), 0, NEW_ENTRIES(random)),
  ),
  'two entries exchanged': byEntries((entries, random) => {
    const at = random.below(entries.length - 1)
    const [a, b] = [entries[at] ?? Buffer.alloc(0), entries[at + 1] ?? Buffer.alloc(0)]
    return entries.toSpliced(at, 2, b, a)
  }),
  'one header field': byTar((tar, random) => {
    const { at } = random.pick(entriesOf(tar))
    const [, field, length] = random.pick(FIELDS)
    const place = at + field + random.below(length)
    tar[place] = (tar[place] ?? 0) ^ (1 << random.below(8))
    writeTarChecksum(tar.subarray(at, at + TAR_BLOCK))
  }),
  'the checksum field in another form': byTar((tar, random) => {
    const { at } = random.pick(entriesOf(tar))
    tar.write(random.pick([' \u0000', '  ', '\u0000\u0000']), at + 154, 'latin1')
  }),
  'a byte of padding': byTar((tar, random) => {
    const { at, end } = random.pick(entriesOf(tar).filter((entry) => entry.end > entry.at + 512))
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8)
    const place = Math.min(end - 1, at + 512 + size)
    tar[place] = (tar[place] ?? 0) ^ (1 + random.below(255))
  }),
  'a byte of the end': byTar((tar, random) => {
    tar[tar.length - 1 - random.below(1024)] = 1 + random.below(255)
  }),
  'more zeros at its end': byMembers((members) => [...members, { raw: Buffer.alloc(512), stored: true }]),
  'an empty member more': byMembers((members, random) =>
    members.toSpliced(random.below(members.length + 1), 0, {
      raw: Buffer.alloc(0),
      stored: random.chance(0.5),
    }),
  ),
  'one member cut in two': byMembers((members, random) => {
    const at = random.below(members.length)
    const { raw, stored } = members[at] ?? { raw: Buffer.alloc(0), stored: true }
    const border = 1 + random.below(Math.max(1, raw.length - 1))
    const halves = [raw.subarray(0, border), raw.subarray(border)].map((part) => ({ raw: part, stored }))
    return members.toSpliced(at, 1, ...halves)
  }),
  'two members joined': byMembers((members, random) => {
    const at = random.below(members.length - 1)
    const both = members.slice(at, at + 2)
    return members.toSpliced(at, 2, { raw: tarOf(both), stored: both[0]?.stored === true })
  }),
  'one member deflated where it was stored, or stored': byMembers((members, random) => {
    const at = random.below(members.length)
    const { raw, stored } = members[at] ?? { raw: Buffer.alloc(0), stored: true }
    return members.toSpliced(at, 1, { raw, stored: !stored })
  }),
  'two members exchanged': byMembers((members, random) => {
    const at = random.below(members.length - 1)
    return members.toSpliced(at, 2, ...members.slice(at, at + 2).reverse())
  }),
  'packed by another gzip': async (archive, random) =>
    gzipSync(tarOf(await membersOf(archive)), { level: 1 + random.below(9) }),
}

/** Somebody else's key. */
export const OTHER = newKey(Buffer.alloc(32, 9), Buffer.alloc(8, 1))
