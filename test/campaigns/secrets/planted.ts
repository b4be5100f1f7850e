import type { Random } from '../random.ts'

/** A secret that a case gives to the builder, and every form in which it would still be one. */
export interface Secret {
  readonly name: string
  readonly value: string
  readonly forms: readonly Buffer[]
}

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
/** What URLs, JSON, YAML, HTML and shells write otherwise. */
const AWKWARD = '@:/?#[]!$&\'()*+,;=%"\\ <>`{}|^~é密'

export function plant(name: string, random: Random): Secret {
  const alphabet = random.chance(0.5) ? PLAIN : PLAIN + AWKWARD
  const letters = Array.from({ length: 12 + random.below(20) }, () => random.pick([...alphabet]))
  // Without blanks at its ends, which headers and files strip.
  return secretOf(name, `s${letters.join('')}s`)
}

export function secretOf(name: string, value: string): Secret {
  const bytes = Buffer.from(value)
  const json = JSON.stringify(value).slice(1, -1)
  const texts = [
    ...[
      value,
      json,
      encodeURIComponent(value),
      encodeURI(value),
      new URLSearchParams({ '': value }).toString().slice(1),
    ],
    ...[bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')],
    ...[1, 2].map((before) => insideBase64(bytes, before)),
  ]
  return { name, value, forms: [...new Set(texts)].map((text) => Buffer.from(text)) }
}

/** The digits that its base64 has wherever `before` bytes (of three) stand before it: as in `user:password`. */
function insideBase64(bytes: Buffer, before: number): string {
  const digits = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  return digits.slice(before + 1, Math.floor(((before + bytes.length) * 8) / 6))
}

/** The names of the secrets that bytes hold. */
export function foundIn(bytes: Buffer, secrets: readonly Secret[]): string[] {
  return secrets.filter(({ forms }) => forms.some((form) => bytes.includes(form))).map(({ name }) => name)
}
