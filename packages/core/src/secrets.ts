import type { Text } from './text.ts'

/** Secrets that this process has met. Kept here, for the whole process, since any text anywhere may repeat them. */
const secrets = new Set<string>()

/** Shorter values stand in ordinary words by chance. */
const SHORTEST_SECRET = 5

/** From now on a secret is blanked in all that is shown, also in the forms in which servers and URLs repeat it. */
export function rememberSecret(value: string): void {
  if (value.length < SHORTEST_SECRET) return
  const base64 = Buffer.from(value).toString('base64')
  const inJson = JSON.stringify(value).slice(1, -1)
  const twice = JSON.stringify(inJson).slice(1, -1) // a server's JSON within a document of ours
  const forms = [value, encodeURIComponent(value), base64, base64.replace(/=+$/, ''), inJson, twice]
  for (const form of forms) secrets.add(form)
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
