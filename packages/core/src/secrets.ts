import type { Text } from './text.ts'

/** Secrets that this process has met. Kept here, for the whole process, since any text anywhere may repeat them. */
const secrets = new Set<string>()

/** Shorter values stand in ordinary words by chance. */
const SHORTEST_SECRET = 5

/** From now on a secret is blanked in all that is shown, also in the forms in which servers and URLs repeat it. */
export function rememberSecret(value: string): void {
  if (value.length < SHORTEST_SECRET) return
  const bytes = Buffer.from(value)
  const base64 = bytes.toString('base64')
  const inJson = JSON.stringify(value).slice(1, -1)
  const twice = JSON.stringify(inJson).slice(1, -1) // a server's JSON within a document of ours
  const encoded = encodeURIComponent(value)
  const forms = [
    ...[value, inJson, twice, base64, base64.replace(/=+$/, ''), bytes.toString('base64url')],
    ...[encoded, encoded.replaceAll(/%../g, (byte) => byte.toLowerCase())],
    new URLSearchParams({ '': value }).toString().slice(1),
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ...insideBase64(bytes),
  ]
  for (const form of forms) if (form.length >= SHORTEST_SECRET) secrets.add(form)
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

/** A text with every known secret blanked. The longest goes first: a secret may hold another one. */
export function withoutSecrets(text: string): string {
  let clean = text
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) clean = clean.replaceAll(secret, '…')
  return clean
}

export function textWithoutSecrets(text: Text): Text {
  return { en: withoutSecrets(text.en), zh: withoutSecrets(text.zh) }
}
