import type { Text } from '@edgelift/core'

const KINDS: readonly (readonly [RegExp, Text])[] = [
  [/^-----BEGIN PGP /m, { en: 'a key of PGP', zh: ' PGP 密钥' }],
  [/^-----BEGIN CERTIFICATE-----/m, { en: 'a certificate', zh: '证书' }],
  [
    /^-----BEGIN [A-Z ]*KEY-----/m,
    { en: 'a key in PEM, as cosign and openssl write it', zh: ' PEM 格式的密钥（cosign、openssl 使用）' },
  ],
  [/^(ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+ AAAA/m, { en: 'a key of SSH', zh: ' SSH 密钥' }],
]

/** What sort of key a text is that others than minisign sign with; undefined for what is none of theirs. */
export function kindOfKey(text: string): Text | undefined {
  return KINDS.find(([form]) => form.test(text))?.[1]
}
