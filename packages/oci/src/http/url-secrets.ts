import { percentDecoded, rememberSecret } from '@edgelift/core'

const LONG = 16 // shorter values of such parameters name things (`keyVersion=1`), shorter users without a password name people

/** The password of a URL, as it stands there and decoded; a user without a password that is long enough to be a token. */
export function rememberUserinfo({ username, password }: { username: string; password: string }): void {
  remember(password === '' && username.length >= LONG ? username : password)
}

const SIGNATURES = /sig|token|credential|secret|policy|key/i

/** What lets the holder of a signed URL in (S3, GCS, Azure): storage repeats it in its error documents. */
export function rememberSignature(url: URL): void {
  for (const [name, value] of url.searchParams) if (isSignature(name, value)) rememberSecret(value)
}

/** Parameters of signed URLs (AWS, Google, Azure, Alibaba, Tencent, Huawei), and those by which forges take tokens. */
const CREDENTIAL_PARAMETERS =
  /^(?:x-[a-z0-9]+-(?:signature|credential|security-token)|(?:q-)?sign(?:ature)?|sig|(?:access|private|job|auth|oauth|security)[-_]?token|token|api[-_]?key|(?:aws|oss)?accesskeyid|password|passwd|secret|jwt)$/i

/** The first parameter of a URL whose value lets its holder in; undefined where there is none. */
export function credentialParameter(url: URL): string | undefined {
  return [...url.searchParams].find(([name, value]) => value !== '' && CREDENTIAL_PARAMETERS.test(name))?.[0]
}

const AUTHORITY = /\/\/([^\s/?#"'<>]*)@/g
const PARAMETER = /[?&]([\w.~%-]{1,100})=([^&\s#"'<>]+)/g

/**
 * The secrets of all URLs in what a person wrote, well formed or not: messages quote its values, and texts that are no URL
 * after all are quoted too.
 */
export function rememberUrlSecrets(text: string): void {
  for (const [, userinfo = ''] of text.matchAll(AUTHORITY)) {
    const [username = '', ...password] = userinfo.split(':')
    rememberUserinfo({ username, password: password.join(':') })
  }
  for (const [, name = '', value = ''] of text.matchAll(PARAMETER)) {
    if (CREDENTIAL_PARAMETERS.test(name) || isSignature(name, value)) remember(value)
  }
}

function isSignature(name: string, value: string): boolean {
  return SIGNATURES.test(name) && value.length >= LONG
}

/** As it stands in a URL, and as it is shown elsewhere. */
function remember(secret: string): void {
  rememberSecret(secret)
  rememberSecret(percentDecoded(secret))
}
