import { promisify } from 'node:util'
import { crc32, createInflateRaw, deflateRaw, inflateRaw } from 'node:zlib'
import { fail } from './codes.ts'
import { crc32Combine } from './crc32-combine.ts'

/**
 * An archive is a sequence of gzip members (RFC 1952, 2.2), each at most {@link MEMBER_BYTES} of the tar stream,
 * compressed by itself. Content that is compressed already is stored, everything else is deflated. Each header
 * carries in an extra field its member's whole length, so that a reader finds the next member without inflating this
 * one and several are inflated at once, and a CRC-32 of what follows the header, so that a change is seen also where
 * inflating would not notice it. Every gunzip reads the file as usual.
 *
 * The bytes are the same on every machine: stored blocks are written here, and one-shot deflate at a fixed level
 * does not depend on how the bytes arrived.
 */

/** Raw bytes in one member: small enough for flat memory, large enough that headers do not matter. */
export const MEMBER_BYTES = 4 * 1024 * 1024

const LEVEL = 6 // level 9 takes twice the time for less than 1 %
const HEADER_BYTES = 24
const TRAILER_BYTES = 8
const STORED_MAX = 65535 // RFC 1951, 3.2.4: LEN has 16 bits
/** A deflated member cannot grow past this: zlib falls back to stored blocks. */
export const LARGEST_MEMBER = MEMBER_BYTES + 5 * Math.ceil(MEMBER_BYTES / 16383) + 64

const deflate = promisify(deflateRaw) as (data: Uint8Array, options: object) => Promise<Buffer>
/** Bytes that inflating takes at once, at least: a member that lies about its size shall not cost time. */
const INFLATE_CHUNK = 64 * 1024
const inflate = promisify(inflateRaw) as (data: Uint8Array, options: object) => Promise<Buffer>

/** Which parts of a member's raw bytes {@link packMember} wants the CRC-32 of. */
export function crcParts(length: number, compress: boolean): (readonly [from: number, to: number])[] {
  if (compress) return [[0, length]]
  const parts: [number, number][] = []
  for (let at = 0; at < length; at += STORED_MAX) parts.push([at, Math.min(at + STORED_MAX, length)])
  return parts
}

/**
 * Makes one member of `raw`.
 * @param crcs of {@link crcParts}, where another thread has taken them
 */
export async function packMember(
  raw: Uint8Array,
  compress: boolean,
  crcs: readonly number[] = crcParts(raw.length, compress).map(([from, to]) => crc32(raw.subarray(from, to))),
): Promise<Uint8Array[]> {
  const body = compress
    ? [await deflate(raw, { level: LEVEL, memLevel: 8, chunkSize: 1024 * 1024 })]
    : store(raw)
  const size = body.reduce((sum, piece) => sum + piece.length, HEADER_BYTES + TRAILER_BYTES)
  const trailer = Buffer.alloc(TRAILER_BYTES)
  trailer.writeUInt32LE(crcOf(raw.length, compress, crcs), 0)
  trailer.writeUInt32LE(raw.length, 4)
  const crc = crc32(trailer, compress ? crcOfAll(body) : crcOfStored(body, crcs))
  return [header(size, crc), ...body, trailer]
}

function crcOf(length: number, compress: boolean, crcs: readonly number[]): number {
  const parts = crcParts(length, compress)
  return parts.reduce((crc, [from, to], index) => crc32Combine(crc, crcs[index] ?? 0, to - from), 0)
}

function crcOfAll(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((crc, piece) => crc32(piece, crc), 0)
}

/** Of heads and blocks in turn, where the blocks' own are known. */
function crcOfStored(pieces: readonly Uint8Array[], crcs: readonly number[]): number {
  return pieces.reduce((crc, piece, index) => {
    if (index % 2 === 0) return crc32(piece, crc)
    return crc32Combine(crc, crcs[(index - 1) / 2] ?? 0, piece.length)
  }, 0)
}

/** The length of the header that {@link memberSize} reads. */
export const MEMBER_HEADER_BYTES = HEADER_BYTES

/**
 * The whole length of the member that begins with these 24 bytes; undefined when they are not the header that
 * {@link packMember} writes, to the letter.
 */
export function memberSize(head: Uint8Array): number | undefined {
  if (head.length < HEADER_BYTES) return undefined
  const bytes = Buffer.from(head.buffer, head.byteOffset, HEADER_BYTES)
  const size = bytes.readUInt32LE(16)
  if (size < HEADER_BYTES + TRAILER_BYTES || size > LARGEST_MEMBER) return undefined
  return header(size, bytes.readUInt32LE(20)).equals(bytes) ? size : undefined
}

/**
 * What a member holds, and whether it is as it was written. `cut`: it is not, and what follows the bytes that could
 * be read is lost.
 */
export interface Unpacked {
  /** In pieces: views of the member's own bytes where it is stored, one of its own where it was deflated. */
  readonly raw: readonly Uint8Array[]
  readonly state: 'intact' | 'damaged' | 'cut'
}

/** Which part of a whole member {@link unpackMember} wants the CRC-32 of. */
export function checkedPart(size: number): readonly [from: number, to: number] {
  return [HEADER_BYTES, size]
}

/**
 * Unpacks one whole member. Damage is told, not thrown: what could be read helps to name the file it is in.
 * @param crc of {@link checkedPart}; without it a member that can be read counts as intact
 */
export async function unpackMember(member: Uint8Array, crc?: number): Promise<Unpacked> {
  const bytes = Buffer.from(member.buffer, member.byteOffset, member.length)
  const body = bytes.subarray(HEADER_BYTES, bytes.length - TRAILER_BYTES)
  const size = bytes.readUInt32LE(bytes.length - 4) // RFC 1952, 2.3.1: ISIZE
  const raw = unstore(body) ?? (await inflateAll(body, size))
  if (raw === undefined) return { raw: [await inflateSome(body)], state: 'cut' }
  return { raw, state: crc === undefined || crc === bytes.readUInt32LE(20) ? 'intact' : 'damaged' }
}

function header(size: number, crc: number): Buffer {
  // ID1 ID2 CM=deflate FLG=FEXTRA MTIME=0 XFL=0 OS=unix XLEN=12, subfield "EL" of 8 bytes: length and CRC-32.
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 12, 0, 0x45, 0x4c, 8, 0])
  bytes.writeUInt32LE(size, 16)
  bytes.writeUInt32LE(crc, 20)
  return bytes
}

function store(raw: Uint8Array): Uint8Array[] {
  if (raw.length === 0) return [storedHead(0, true)]
  const pieces: Uint8Array[] = []
  for (let at = 0; at < raw.length; at += STORED_MAX) {
    const block = raw.subarray(at, at + STORED_MAX)
    pieces.push(storedHead(block.length, at + STORED_MAX >= raw.length), block)
  }
  return pieces
}

function storedHead(length: number, last: boolean): Buffer {
  const head = Buffer.from([last ? 1 : 0, 0, 0, 0, 0])
  head.writeUInt16LE(length, 1)
  head.writeUInt16LE(length ^ 0xffff, 3)
  return head
}

/** The content of a body made of stored blocks in the form that {@link store} writes; undefined for any other. */
function unstore(body: Buffer): Uint8Array[] | undefined {
  const pieces: Uint8Array[] = []
  for (let at = 0; at + 5 <= body.length; ) {
    const first = body[at] ?? 255
    const size = body.readUInt16LE(at + 1)
    if (first > 1 || (body.readUInt16LE(at + 3) ^ size) !== 0xffff || at + 5 + size > body.length)
      return undefined
    pieces.push(body.subarray(at + 5, at + 5 + size))
    at += 5 + size
    if (first === 1) return at === body.length ? pieces : undefined
    if (size !== STORED_MAX) return undefined
  }
  return undefined
}

/** @param size what the body should give, so that it comes in one piece; a wrong one changes nothing but the pieces */
async function inflateAll(body: Uint8Array, size: number): Promise<Uint8Array[] | undefined> {
  try {
    const { buffer, engine } = (await inflate(body, {
      chunkSize: Math.max(Math.min(size, MEMBER_BYTES) + 1, INFLATE_CHUNK), // a full piece would have another one follow
      maxOutputLength: MEMBER_BYTES,
      info: true,
    })) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    return engine.bytesWritten === body.length ? [buffer] : undefined
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code?.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
  }
}

/** The bytes that a damaged body gives before it breaks. */
function inflateSome(body: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    const stream = createInflateRaw({ chunkSize: 4096 })
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.on('error', () => resolve(Buffer.concat(pieces)))
    stream.on('end', () => resolve(Buffer.concat(pieces)))
    stream.end(body)
  })
}

/** The error for bytes that are not a member of ours. */
export function notAMember(archive: string, offset: number): Error {
  return fail('ARCHIVE_DAMAGED', {
    what: {
      en: `${archive}: not as edgelift writes it, at byte ${offset}`,
      zh: `${archive}：在第 ${offset} 字节处与 edgelift 的格式不符`,
    },
    because: {
      en: 'the archive is cut off, damaged, or was packed again by another program',
      zh: '离线包被截断、损坏，或被其他程序重新打包',
    },
    fix: {
      en: 'copy the archive again and compare it with its .sha256 file',
      zh: '请重新复制离线包并用 .sha256 文件核对',
    },
  })
}
