/** Secrets that are known by their form, and what stands in their place. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  // A join token: `sha256hex(CA).header.payload.signature` (KubeEdge pkg/security/token/token.go).
  [/[0-9a-f]{64}\.[\w-]+\.[\w-]+\.[\w-]+/g, '(token)'],
  // A token of a service account (RFC 7519): its header begins with `{"`.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '(token)'],
  // K3s' own: `K10<hash>::<user>:<secret>` (its pkg/clientaccess).
  [/K10[0-9a-f]{64}::[^\s"'\\,]+/g, '(token)'],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, '(key)'],
  // A proxy's or a registry's (RFC 3986, 3.2.1), also with "@" as it is, which curl and browsers take.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/:"']*:[^\s/"']+@/gi, '$1(credentials)@'],
]

/** A text for people, without the tokens, private keys and credentials in URLs that a program's own words may hold. */
export function withoutTokens(text: string): string {
  return FORMS.reduce((clean, [form, sign]) => clean.replace(form, sign), text)
}
