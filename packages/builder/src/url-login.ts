import { percentDecoded } from '@edgelift/core'

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
  const login = { username: percentDecoded(username), password: percentDecoded(password.join(':')) }
  return { url: scheme + text.slice(whole.length), login }
}
