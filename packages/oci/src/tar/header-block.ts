import { writeTarChecksum } from '@edgelift/core'

/** Fields of a tar header's block (POSIX ustar), as far as they are read and changed here. */
const SIZE = [124, 12] as const
const TYPE = 156

export function typeOf(header: Buffer): string {
  return String.fromCharCode(header[TYPE] ?? 0)
}

export function sizeOf(header: Buffer): number {
  return numberAt(header, ...SIZE)
}

/** A number in octal digits, or, with the first bit set, in base 256 (GNU). NaN when it is neither. */
export function numberAt(block: Buffer, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length)
  if (((field[0] ?? 0) & 0x80) !== 0) {
    return field.reduce((sum, byte, index) => sum * 256 + (index === 0 ? byte & 0x7f : byte), 0)
  }
  const text = field.toString('latin1').replace(/[\0 ].*$/s, (rest) => (/^[\0 ]*$/.test(rest) ? '' : 'x'))
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

/** The header of an ordinary file in place of a sparse one. */
export function asFile(header: Buffer, size: number): Buffer {
  return withSize(Buffer.from(header).fill('0', TYPE, TYPE + 1), size)
}

export function withSize(header: Buffer, size: number): Buffer {
  const changed = Buffer.from(header)
  const [offset, length] = SIZE
  changed.fill(0, offset, offset + length)
  if (size < 8 ** 11) changed.write(size.toString(8).padStart(11, '0'), offset, 'latin1')
  else {
    changed[offset] = 0x80
    changed.writeBigUInt64BE(BigInt(size), offset + 4)
  }
  return writeTarChecksum(changed)
}
