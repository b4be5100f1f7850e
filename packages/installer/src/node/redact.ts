/** A join token: `sha256hex(CA).header.payload.signature` (KubeEdge pkg/security/token/token.go). */
const TOKEN = /[0-9a-f]{64}\.[\w-]+\.[\w-]+\.[\w-]+/g

/** A text for people, without the join tokens that a program's own words may hold. */
export function withoutTokens(text: string): string {
  return text.replace(TOKEN, '(token)')
}
