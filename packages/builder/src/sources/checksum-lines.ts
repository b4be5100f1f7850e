/** By the number of hexadecimal digits. */
const ALGORITHMS: Readonly<Record<number, string>> = { 64: 'sha256', 96: 'sha384', 128: 'sha512' }
/** What else a hash without an algorithm's name may be. */
const OTHERS: Readonly<Record<number, string>> = { 32: 'MD5', 40: 'SHA-1', 56: 'SHA-224' }
/** How lists call those that are checked: `SHA256`, `SHA-256`, `SHA2-256`. BLAKE2 and SM3 have hashes of the same length. */
const SHA2 = /^sha(?:-|2-)?(256|384|512)$/i

/** A line of a checksum list. */
export interface ChecksumLine {
  /** In lower case. */
  readonly hash: string
  /** `sha256`, `sha384` or `sha512`; of others the name that people know. */
  readonly algorithm: string
  /** Undefined for a bare hash. */
  readonly name: string | undefined
}

/** A line that is none of a list. */
export interface UnreadLine {
  readonly line: number
  readonly text: string
}

/** The lines of a list, and the first that cannot be read; an empty one where there is nothing else. */
export function checksumLines(text: string): {
  readonly lines: readonly ChecksumLine[]
  readonly unread: UnreadLine | undefined
} {
  const lines: ChecksumLine[] = []
  let unread: UnreadLine | undefined
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const parsed = parseLine(line)
    if (parsed === undefined) unread ??= { line: index + 1, text: line }
    else lines.push(parsed)
  }
  return { lines, unread: lines.length === 0 ? (unread ?? { line: 1, text: '' }) : unread }
}

function parseLine(line: string): ChecksumLine | undefined {
  // A backslash before the line says that its name is escaped (sha256sum).
  const isEscaped = line.startsWith('\\')
  const text = isEscaped ? line.slice(1) : line
  const list = /^(?<hash>[0-9a-fA-F]{32,128})(?:\s+\*?(?<name>\S.*))?$/
  const tagged = /^(?<tag>[A-Za-z0-9/-]+) ?\((?<name>.+)\) ?= (?<hash>[0-9a-fA-F]{32,128})$/
  const { hash, name, tag } = (list.exec(text) ?? tagged.exec(text))?.groups ?? {}
  const algorithm = hash && algorithmOf(hash, tag)
  if (!hash || !algorithm) return undefined
  return { hash: hash.toLowerCase(), algorithm, name: isEscaped && name ? unescaped(name) : name }
}

/** Undefined for a hash that is too short or too long to be one of its kind. */
function algorithmOf(hash: string, tag: string | undefined): string | undefined {
  const byLength = ALGORITHMS[hash.length]
  if (tag === undefined) return byLength ?? OTHERS[hash.length]
  const [, bits] = SHA2.exec(tag) ?? []
  if (bits === undefined) return tag
  return byLength === `sha${bits}` ? byLength : undefined
}

function unescaped(name: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r' }
  return name.replaceAll(/\\(.)/g, (_, character: string) => escapes[character] ?? character)
}
