type Env = Readonly<Record<string, string | undefined>>

/** Charset names of locales whose bytes are written as GB18030's two-byte part (which is GBK). */
const GBK = new Set(['gbk', 'gb2312', 'gb18030', 'euccn', 'cp936'])

/**
 * The character encoding of the locale's terminals and files, as far as this program can write it: UTF-8, GBK, or
 * undefined for any other. A locale that names none counts as UTF-8.
 */
export function charsetOf(env: Env): 'utf-8' | 'gbk' | undefined {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  const name = /\.([^@]+)/.exec(locale)?.[1]?.toLowerCase().replace(/[-_]/g, '')
  if (name === undefined || name === 'utf8') return 'utf-8'
  return GBK.has(name) && gbkBytes() !== undefined ? 'gbk' : undefined
}

/** The text in GBK. Characters that it lacks become others that look alike, else `?`. */
export function encodeGbk(text: string): Uint8Array {
  const table = gbkBytes()
  const bytes: number[] = []
  for (const character of text) {
    if (character <= '\u007f') bytes.push(character.charCodeAt(0))
    else bytes.push(...(ALIKE.get(character) ?? table?.get(character) ?? QUESTION))
  }
  return Uint8Array.from(bytes)
}

const QUESTION = [0x3f]
// One column each, as bars are laid out by columns; GBK's own block characters take two.
const ALIKE = new Map(
  Object.entries({ '█▉▊▋': '#', '▌▍▎▏░': '.', '…': '~', '✓': '+', '✗': 'x', '’': "'" }).flatMap(
    ([characters, ascii]) => [...characters].map((one): [string, number[]] => [one, [ascii.charCodeAt(0)]]),
  ),
)

let table: Map<string, readonly number[]> | undefined

/** What the runtime's decoder reads, turned round. Undefined in a runtime without GBK. */
function gbkBytes(): ReadonlyMap<string, readonly number[]> | undefined {
  if (table !== undefined) return table
  try {
    const decoder = new TextDecoder('gbk', { fatal: true })
    table = new Map()
    for (let lead = 0x81; lead <= 0xfe; lead++) {
      for (let trail = 0x40; trail <= 0xfe; trail++) {
        const character = decoded(decoder, [lead, trail])
        if (character !== undefined && !table.has(character)) table.set(character, [lead, trail])
      }
    }
    return table
  } catch {
    return undefined
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: readonly number[]): string | undefined {
  try {
    const text = decoder.decode(Uint8Array.from(bytes))
    return [...text].length === 1 ? text : undefined
  } catch {
    return undefined // not a character of GBK
  }
}
