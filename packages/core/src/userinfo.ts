/**
 * Who is named before a host, with a password, and with a scheme before it or not. A password may hold "@" and "/", and a user be a
 * mail address; tokens of registries have 2,000 characters. A URL that was taken for a path has lost a slash (`/srv/https:/me:…@host`).
 */
const AFTER_SCHEME = /(?<=\/\/|:\/)[^\s/?#:"'<>]{0,256}:(?!\d{1,5}[/?#])[^\s?#"'<>]{1,2560}@(?=[^\s/@"'<>])/g
const WITHOUT_SCHEME =
  /(?<![^\s"'`<>=([{,;|])(?!mailto:)[^\s/:"'`<>=([{,;|]{1,256}:[^\s/"'<>]{1,512}@(?!sha\d+:[0-9a-f])(?=[^\s/@"'<>])/gi
/** A user without a password that is as long as a token. */
const TOKEN = /(?<=\/\/|:\/)[^\s/?#:@"'<>]{16,2560}@/g

/**
 * A text in which nobody's user and password stand before a host, known to this process or not: in URLs, in what was to be one,
 * and in image references, proxies and mirrors, which people write without a scheme. A tag before a digest
 * (`name:tag@sha256:…`) stays.
 */
export function withoutUserinfo(text: string): string {
  if (!text.includes('@')) return text
  return text.replaceAll(AFTER_SCHEME, '…@').replaceAll(TOKEN, '…@').replaceAll(WITHOUT_SCHEME, '…@')
}
