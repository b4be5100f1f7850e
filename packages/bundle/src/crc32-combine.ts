/**
 * CRC-32 of two pieces one after the other, from those of each: a byte is then read once though it counts in several sums.
 * The arithmetic is that of zlib's `crc32_combine`: polynomials over GF(2) modulo the CRC's, bit-reversed as CRC-32 has it.
 */
const POLYNOMIAL = 0xedb88320

/** a(x) · b(x) modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 0x80000000, rest = b; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= rest
    rest = (rest & 1) !== 0 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1
  }
  return product >>> 0
}

const shifts = new Map<number, number>()

/** x to the power of 8 · `length`: what a CRC is multiplied with when so many bytes follow. */
function shiftOf(length: number): number {
  const known = shifts.get(length)
  if (known !== undefined) return known
  let shift = 0x80000000 // x^0
  let square = 0x00800000 // x^8
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(square, shift)
    square = multiply(square, square)
  }
  if (shifts.size < 64) shifts.set(length, shift) // nearly all blocks have one of two lengths
  return shift
}

/** @param length bytes of the second piece */
export function crc32Combine(first: number, second: number, length: number): number {
  return (multiply(shiftOf(length), first) ^ second) >>> 0
}
