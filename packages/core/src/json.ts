/** Levels of arrays and maps. Documents of the field have ten or so; parsers that recurse break at some thousands. */
export const JSON_DEPTH = 64

/**
 * Parses JSON that others wrote: refuses what would end in a stack overflow further on, and keys that reach an
 * object's prototype.
 * @throws SyntaxError with the reason, never anything else
 */
export function parseJson(text: string): unknown {
  if (isDeep(text)) throw new SyntaxError(`nested deeper than ${JSON_DEPTH} levels`)
  return JSON.parse(text, (key, value: unknown) => {
    if (key === '__proto__') throw new SyntaxError('the key "__proto__" is not allowed')
    return value
  })
}

/** As {@link parseJson}; undefined for what it refuses. */
export function tryParseJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** Linear, and without recursion: counts brackets outside of strings. */
function isDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at)
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > JSON_DEPTH) return true
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
    }
  }
  return false
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) return at
  }
  return text.length
}
