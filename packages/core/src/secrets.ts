import type { Text } from './text.ts'
import { withoutUserinfo } from './userinfo.ts'

interface Form {
  /** Characters that it blanks, at least. */
  readonly length: number
  readonly blanked: string | RegExp
}

/** Secrets that this process has met. Kept here, for the whole process, since any text anywhere may repeat them. */
const secrets = new Map<string, Form>()

/** Shorter values stand in ordinary words by chance. */
const SHORTEST_SECRET = 5

/** From now on a secret is blanked in all that is shown, also in the forms in which servers and URLs repeat it. */
export function rememberSecret(value: string): void {
  if (value.trim() !== value) rememberSecret(value.trim()) // servers and shells drop the line's end that `echo` has left
  if (value.length < SHORTEST_SECRET) return
  const bytes = Buffer.from(value)
  const base64 = bytes.toString('base64')
  const hex = bytes.toString('hex')
  const forms = [
    ...[value, base64, base64.replace(/=+$/, ''), bytes.toString('base64url')],
    ...[hex, hex.toUpperCase(), ...insideBase64(bytes)],
  ]
  for (const form of forms)
    if (form.length >= SHORTEST_SECRET) secrets.set(form, { length: form.length, blanked: form })
  if (!UNCHANGED.test(value)) secrets.set(`spelt ${value}`, { length: value.length, blanked: spelt(value) })
}

/** For tests, whose files share a process: what one has remembered is an ordinary word to another. */
export function forgetSecrets(): void {
  secrets.clear()
}

/** What no encoding of text changes (RFC 3986, 2.3). */
const UNCHANGED = /^[A-Za-z0-9._~-]*$/

/** A value with each of its characters as it is, or as URLs, forms, JSON within JSON, HTML and XML write it. */
function spelt(value: string): RegExp {
  return new RegExp([...value].map(spellingsOf).join(''), 'g')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
}

function spellingsOf(char: string): string {
  const literal = char.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  if (/[A-Za-z0-9]/.test(char)) return literal
  const code = char.codePointAt(0) ?? 0
  const units = Array.from({ length: char.length }, (_, at) => hexDigits(char.charCodeAt(at), 4))
  const spellings = [
    `\\\\{0,9}${literal}`,
    [...Buffer.from(char)].map((byte) => `%(?:25){0,3}${hexDigits(byte, 2)}`).join(''),
    units.map((unit) => `\\\\{1,9}u${unit}`).join(''),
    `&(?:amp;){0,3}#0{0,6}${code};`,
    `&(?:amp;){0,3}#[xX]0{0,6}${hexDigits(code, 1)};`,
    ...(code < 256 ? [`\\\\{1,9}x${hexDigits(code, 2)}`] : []),
    ...(ENTITIES[char] === undefined ? [] : [`&(?:amp;){0,3}${ENTITIES[char]};`]),
    ...(char === ' ' ? ['\\+'] : []),
  ]
  return `(?:${spellings.join('|')})`
}

/** A number in hexadecimal digits of either case. */
function hexDigits(code: number, width: number): string {
  const digits = code.toString(16).padStart(width, '0')
  return digits.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

/** What is certain of a value's base64 where other bytes come before and after it, as in `user:password`. */
function insideBase64(bytes: Buffer): string[] {
  return [1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const whole = digits.slice(0, Math.floor(((before + bytes.length) * 8) / 6))
    return whole.slice(before + 1)
  })
}

/** A text with every known secret blanked, and whoever is named before a host. The longest goes first: a secret may hold another one. */
export function withoutSecrets(text: string): string {
  let clean = text
  for (const { blanked } of [...secrets.values()].sort((a, b) => b.length - a.length))
    clean = clean.replaceAll(blanked, '…')
  return withoutUserinfo(clean)
}

export function textWithoutSecrets(text: Text): Text {
  return { en: withoutSecrets(text.en), zh: withoutSecrets(text.zh) }
}
