/** Whether one character fits; a star is any number of those that are no slash. */
type Token = '*' | ((character: string) => boolean)

/**
 * A pattern as Go's path/filepath.Match reads it, matched as there: only the last star is tried again, so that the time grows with
 * the lengths of pattern and path and no faster. Undefined for a bad pattern.
 */
export function globOf(glob: string): ((path: string) => boolean) | undefined {
  const tokens = tokensOf([...glob])
  return tokens && ((path) => fits(tokens, [...path]))
}

function fits(tokens: readonly Token[], characters: readonly string[]): boolean {
  let [token, at] = [0, 0]
  let star: { readonly token: number; at: number } | undefined
  while (at < characters.length || token < tokens.length) {
    const [now, character] = [tokens[token], characters[at]]
    if (now === '*') {
      star = { token, at }
      token++
    } else if (now !== undefined && character !== undefined && now(character)) {
      token++
      at++
    } else {
      const taken = star && characters[star.at]
      if (star === undefined || taken === undefined || taken === '/') return false
      star.at++
      token = star.token + 1
      at = star.at
    }
  }
  return true
}

function tokensOf(glob: readonly string[]): readonly Token[] | undefined {
  const tokens: Token[] = []
  for (let at = 0; at < glob.length; ) {
    const character = glob[at] ?? ''
    if (character === '[') {
      const found = classAt(glob, at + 1)
      if (found === undefined) return undefined
      tokens.push(found.fits)
      at = found.end
      continue
    }
    if (character === '*') tokens.push('*')
    else if (character === '?') tokens.push((one) => one !== '/')
    else {
      const literal = character === '\\' ? glob[++at] : character
      if (literal === undefined) return undefined
      tokens.push((one) => one === literal)
    }
    at++
  }
  return tokens
}

/** A class from behind its bracket; undefined where it has no end, no character, or a bare `-` or `]` in the place of one. */
function classAt(
  glob: readonly string[],
  from: number,
): { readonly fits: (character: string) => boolean; readonly end: number } | undefined {
  const isNegated = glob[from] === '^'
  let at = isNegated ? from + 1 : from
  const ranges: (readonly [number, number])[] = []
  const take = (): number | undefined => {
    if (glob[at] === undefined || glob[at] === '-' || glob[at] === ']') return undefined
    if (glob[at] === '\\') at++
    return glob[at++]?.codePointAt(0)
  }
  while (glob[at] !== ']' || ranges.length === 0) {
    const low = take()
    if (low === undefined) return undefined
    const isRange = glob[at] === '-'
    if (isRange) at++
    const high = isRange ? take() : low
    if (high === undefined) return undefined
    ranges.push([low, high])
  }
  return {
    fits: (character) => {
      const code = character.codePointAt(0) ?? 0
      return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated
    },
    end: at + 1,
  }
}
