import { fileErrorWords, readInputText, readNamedText, rememberSecret, same, type Text } from '@edgelift/core'

/** `sha256hex(CA DER).header.payload.signature` (KubeEdge pkg/security/token/token.go). */
const TOKEN = /^([0-9a-f]{64})\.[\w-]+\.([\w-]+)\.[\w-]+$/

/** A join token as far as it can be judged here: its form, its cloud, its end. Its signature only the cloud can check. */
export interface JoinToken {
  /** The token itself: a secret. */
  readonly text: string
  /** SHA-256 of the cloud's CA certificate (DER), in hexadecimal. */
  readonly caHash: string
  /** Seconds since 1970; undefined where the token does not say. */
  readonly expires: number | undefined
}

/** What the operator gave. `where` names the place in messages; the token is never shown. */
export type GivenToken =
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly where: Text; readonly why: Text }
  | { readonly state: 'malformed'; readonly where: Text }
  | { readonly state: 'given'; readonly where: Text; readonly token: JoinToken }

export interface TokenSource {
  /** A file, or `-` for standard input. */
  readonly tokenFile?: string | undefined
  /** Out of a join file, or typed at the prompt. */
  readonly token?: string | undefined
}

/** The join token, from its file, from standard input, or as it was answered. Never from the command line. */
export async function givenToken({ tokenFile, token }: TokenSource): Promise<GivenToken> {
  if (tokenFile === undefined) return token === undefined ? { state: 'absent' } : judged(token, same('token'))
  const where = tokenFile === '-' ? { en: 'standard input', zh: '标准输入' } : same(tokenFile)
  try {
    return judged(await (tokenFile === '-' ? readInputText() : readNamedText(tokenFile)), where)
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      return { state: 'unreadable', where, why: fileErrorWords(error) }
    throw error
  }
}

function judged(text: string, where: Text): GivenToken {
  rememberSecret(text.trim())
  const token = parseToken(text.trim())
  return token === undefined ? { state: 'malformed', where } : { state: 'given', where, token }
}

export function parseToken(text: string): JoinToken | undefined {
  const [, caHash, payload] = TOKEN.exec(text) ?? []
  if (caHash === undefined || payload === undefined) return undefined
  const claims = claimsOf(payload)
  return claims === undefined ? undefined : { text, caHash, expires: claims.exp }
}

/** The claims of a JSON Web Token (RFC 7519, 4.1.4 `exp`). */
function claimsOf(payload: string): { exp: number | undefined } | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null) return undefined
    const { exp } = claims as { exp?: unknown }
    return { exp: typeof exp === 'number' ? exp : undefined }
  } catch {
    return undefined
  }
}
