/** Who to be for a server: what stands before the host in `https://USER:PASSWORD@host/`. */
export interface UrlLogin {
  readonly username: string
  readonly password: string
}

const USERINFO = /^((?:https?:\/\/)?)([^/?#]*)@/i

/** A URL, or a host with a path, without user and password, and these. */
export function partedUrl(text: string): { readonly url: string; readonly login: UrlLogin | undefined } {
  const [whole, scheme = '', userinfo = ''] = USERINFO.exec(text) ?? []
  if (whole === undefined) return { url: text, login: undefined }
  const [username = '', ...password] = userinfo.split(':')
  const login = { username: decoded(username), password: decoded(password.join(':')) }
  return { url: scheme + text.slice(whole.length), login }
}

/** As `Authorization` has it (RFC 7617). */
export function basicAuthorization({ username, password }: UrlLogin): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
