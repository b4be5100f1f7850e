import { rememberSecret } from '@edgelift/core'

/** The password of a URL, as it stands there and decoded. */
export function rememberUserinfo(url: URL): void {
  if (url.password === '') return
  rememberSecret(url.password)
  rememberSecret(decoded(url.password))
}

const SIGNATURES = /sig|token|credential|secret|policy|key/i
const SHORTEST_SIGNATURE = 16 // shorter values of such parameters name things (`keyVersion=1`)

/** What lets the holder of a signed URL in (S3, GCS, Azure): storage repeats it in its error documents. */
export function rememberSignature(url: URL): void {
  for (const [name, value] of url.searchParams)
    if (SIGNATURES.test(name) && value.length >= SHORTEST_SIGNATURE) rememberSecret(value)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
