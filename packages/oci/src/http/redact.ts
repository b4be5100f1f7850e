/**
 * A URL that can be shown: without user and password, and without the query, where signed URLs carry their
 * signature. What is no URL is not shown at all.
 */
export function redactUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return '(not a URL)'
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`
}

/** Somebody else's words (a server's, a library's) without URLs' secrets and without authorization headers. */
export function redact(words: string): string {
  return words
    .replaceAll(/\bhttps?:\/\/[^\s"'<>)]+/gi, redactUrl)
    .replaceAll(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 …')
}
