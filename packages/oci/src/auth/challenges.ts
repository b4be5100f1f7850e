/** One way in that a server offers. Parameter names are in lower case. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string
  readonly params: Readonly<Record<string, string>>
}

// RFC 9110, 5.6.2 (token), 5.6.4 (quoted-string), 11.2 (token68)
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/y
const SPACE = /[ \t]*/y
const BREAK = /[ \t,]*/y

/**
 * Reads `WWW-Authenticate` (RFC 9110, 11.6.1). One header may hold several challenges, whose parameters are
 * separated by the same comma as the challenges themselves. Reading stops at what cannot be understood.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(header)
    if (match !== null) at = pattern.lastIndex
    return match
  }
  const takeParam = (): [name: string, value: string] | undefined => {
    const start = at
    const name = take(TOKEN)?.[0]
    take(SPACE)
    if (name !== undefined && header[at] === '=') {
      at++
      take(SPACE)
      const value = take(QUOTED)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? take(TOKEN)?.[0]
      if (value !== undefined) return [name.toLowerCase(), value]
    }
    at = start
    return undefined
  }
  for (;;) {
    take(BREAK)
    const scheme = take(TOKEN)?.[0]
    if (scheme === undefined) return challenges
    const params: Record<string, string> = Object.create(null)
    challenges.push({ scheme: scheme.toLowerCase(), params })
    take(SPACE)
    for (;;) {
      const before = at
      take(BREAK)
      const param = takeParam()
      if (param === undefined) {
        at = before
        if (Object.keys(params).length === 0) take(TOKEN68)
        break
      }
      params[param[0]] ??= param[1]
    }
  }
}
