import { TAR_BLOCK, writeTarChecksum } from '@edgelift/core'

/** Fields of a tar header's block (POSIX ustar), as far as they are read and changed here. */
const NAME = [0, 100] as const
const SIZE = [124, 12] as const
const CHECKSUM = [148, 8] as const
const TYPE = 156

/** As POSIX writes it; a folder of a tar of before POSIX (a file whose name ends with a slash) is a folder. */
export function typeOf(header: Buffer): string {
  const type = String.fromCharCode(header[TYPE] ?? 0)
  return type === '\0' && /\/\0*$/.test(header.toString('latin1', ...NAME)) ? '5' : type
}

/** NaN for what is no size. */
export function sizeOf(header: Buffer): number {
  return numberAt(header, ...SIZE)
}

/**
 * A number as Go and GNU tar read it: octal digits, or, with the first bit set, in base 256 (GNU). NaN when it is neither, is
 * negative, or is beyond what a file can be long.
 */
export function numberAt(block: Buffer, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length)
  const first = field[0] ?? 0
  if ((first & 0x80) !== 0) {
    const isNegative = (first & 0x40) !== 0
    const value = field.reduce((sum, byte, index) => sum * 256 + (index === 0 ? byte & 0x3f : byte), 0)
    return !isNegative && Number.isSafeInteger(value) ? value : Number.NaN
  }
  const [text = ''] = field
    .toString('latin1')
    .replace(/^[\0 ]+/, '')
    .split(/[\0 ]/, 1)
  if (text === '') return 0
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

/** Whether a header's checksum holds, as a sum of unsigned bytes (POSIX) or of signed ones (Sun's tar, and old others). */
export function isIntact(header: Buffer): boolean {
  const stored = numberAt(header, ...CHECKSUM)
  const [from, length] = CHECKSUM
  let unsigned = 0
  let signed = 0
  for (let at = 0; at < TAR_BLOCK; at++) {
    const byte = at >= from && at < from + length ? 0x20 : (header[at] ?? 0)
    unsigned += byte
    signed += byte < 0x80 ? byte : byte - 0x100
  }
  return stored === unsigned || stored === signed
}

/** A header with another type and size, and the checksum of POSIX. */
export function rewritten(header: Buffer, { type, size }: { type: string; size: number }): Buffer {
  const changed = Buffer.from(header)
  const [offset, length] = SIZE
  changed.write(type, TYPE, 'latin1')
  changed.fill(0, offset, offset + length)
  if (size < 8 ** 11) changed.write(size.toString(8).padStart(11, '0'), offset, 'latin1')
  else {
    changed[offset] = 0x80
    changed.writeBigUInt64BE(BigInt(size), offset + 4)
  }
  return writeTarChecksum(changed)
}
