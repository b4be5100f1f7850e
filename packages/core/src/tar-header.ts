import { Buffer } from 'node:buffer'

export type TarType = 'file' | 'directory'

/** One entry of a tar archive. Owner and group are 0 and the time is 0: archives do not depend on who made them when. */
export interface TarHeaderInput {
  /** `/` between the parts; a folder's without the slash at its end. */
  readonly path: string
  readonly type: TarType
  /** Bytes; 0 for a directory. */
  readonly size: number
  /** Permission bits. */
  readonly mode: number
}

/** The unit of a tar archive: headers and contents are padded to it. */
export const TAR_BLOCK = 512

/** What ends a tar archive: two blocks of zeros (POSIX.1-2024, pax, "ustar Interchange Format"). */
export const TAR_END: Uint8Array = Buffer.alloc(2 * TAR_BLOCK)

const NAME_BYTES = 100
const PREFIX_BYTES = 155
const SIZE_LIMIT = 8 ** 11 // eleven octal digits

/**
 * The header of an entry: one ustar block, and before it a pax header where the path or the size does not fit
 * (POSIX.1-2024, pax). The same entry gives the same bytes, always.
 */
export function tarHeader(entry: TarHeaderInput): Uint8Array {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path
  const split = splitPath(path)
  const records: string[] = []
  if (split === undefined) records.push(paxRecord('path', path))
  if (entry.size >= SIZE_LIMIT) records.push(paxRecord('size', String(entry.size)))
  const size = entry.size >= SIZE_LIMIT ? 0 : entry.size
  const [prefix, name] = split ?? ['', Buffer.from(path).subarray(0, NAME_BYTES).toString('latin1')]
  const main = ustar({
    prefix,
    name,
    latin1: split === undefined,
    mode: entry.mode,
    size,
    flag: entry.type === 'file' ? '0' : '5',
  })
  if (records.length === 0) return main
  const body = Buffer.from(records.join(''))
  const extended = ustar({
    prefix: '',
    name: 'PaxHeader',
    latin1: false,
    mode: 0o644,
    size: body.length,
    flag: 'x',
  })
  return Buffer.concat([extended, body, Buffer.alloc(tarPadding(body.length)), main])
}

/** How many zeros follow a content of `size` bytes. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK
}

/** The bytes that an entry takes: header, content and padding. */
export function tarSize(entry: TarHeaderInput): number {
  return tarHeader(entry).length + entry.size + tarPadding(entry.size)
}

/** Splits at a slash so that both parts fit; undefined when there is no such slash. */
function splitPath(path: string): [prefix: string, name: string] | undefined {
  const bytes = Buffer.byteLength(path)
  if (bytes <= NAME_BYTES) return ['', path]
  if (bytes > NAME_BYTES + 1 + PREFIX_BYTES) return undefined
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (name === '' || Buffer.byteLength(prefix) > PREFIX_BYTES) return undefined
    if (Buffer.byteLength(name) <= NAME_BYTES) return [prefix, name]
  }
  return undefined
}

interface Ustar {
  readonly prefix: string
  readonly name: string
  readonly latin1: boolean
  readonly mode: number
  readonly size: number
  readonly flag: '0' | '5' | 'x'
}

function ustar({ prefix, name, latin1, mode, size, flag }: Ustar): Buffer {
  const block = Buffer.alloc(TAR_BLOCK)
  block.write(name, 0, NAME_BYTES, latin1 ? 'latin1' : 'utf8')
  block.write(octal(mode, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(0, 11), 136)
  block.write(flag, 156)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345, PREFIX_BYTES, 'utf8')
  return writeTarChecksum(block)
}

/** Writes the checksum of a header's block into it: the sum of all bytes, with the checksum's own field as blanks. */
export function writeTarChecksum(block: Buffer): Buffer {
  block.write('        ', 148, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\u0000 `, 148, 'latin1')
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

/** A record of an extended header: `LENGTH KEY=VALUE\n`, where LENGTH counts itself in bytes. */
export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}
