import path from 'node:path'
import {
  formatPublicKey,
  keyName,
  type PublicKey,
  parsePublicKey,
  signatureKey,
  signingHash,
  smallText,
  verifyHash,
} from '@edgelift/bundle'
import { decodedText, makeFolder, readNamed, shellWord, writeFileAtomic } from '@edgelift/core'
import { sweepBeside } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { TRUSTED_KEYS, trustedKeys } from './trusted-keys.ts'

export interface AddedKey {
  /** Id of the new key, and of the trusted one that vouches for it; the latter is absent for the first key of a site. */
  readonly key: string
  readonly signedBy?: string
  /** Ids of all keys that the site trusts now. */
  readonly trusted: readonly string[]
}

/**
 * Makes a site trust a new key. Where it trusts keys already, one of them has to have signed the new key's file
 * (`FILE.minisig`, as `minisign -S -m FILE` writes it). The site's first key is believed: it comes from whoever is root.
 * @param replace drops the keys that were trusted before
 * @throws KEY_INVALID, SIGNATURE_UNTRUSTED, SIGNATURE_INVALID
 */
export async function addTrustedKey(host: Host, file: string, replace: boolean): Promise<AddedKey> {
  const bytes = await readNamed(file)
  const key = parsePublicKey(decodedText(bytes), file)
  const known = (await trustedKeys(host)) ?? []
  const signer = known.length === 0 ? undefined : await signerOf(file, bytes, known)
  const kept = replace ? [] : known.filter((one) => !one.id.equals(key.id))
  const keys = [...kept, key]
  const target = onHost(host, TRUSTED_KEYS)
  await makeFolder(path.dirname(target))
  await sweepBeside(target)
  await writeFileAtomic(target, keys.map(formatPublicKey).join(''), 0o644)
  return {
    key: keyName(key),
    ...(signer === undefined ? {} : { signedBy: keyName(signer) }),
    trusted: keys.map(keyName),
  }
}

async function signerOf(file: string, bytes: Uint8Array, known: readonly PublicKey[]): Promise<PublicKey> {
  const text = (await smallText(`${file}.minisig`)) ?? ''
  const id = signatureKey(text)
  const signer = known.find((one) => id?.equals(one.id) === true)
  if (signer === undefined) throw unvouched(file, id, known)
  verifyHash(signingHash().update(bytes).digest(), text, signer, `${file}.minisig`)
  return signer
}

function unvouched(file: string, id: Buffer | undefined, known: readonly PublicKey[]): Error {
  const trusted = known.map(keyName).join(', ')
  return fail('SIGNATURE_UNTRUSTED', {
    what: { en: `no trusted key has signed ${file}`, zh: `没有受信任的密钥为 ${file} 签名` },
    because:
      id === undefined
        ? {
            en: `${file}.minisig is missing or not a signature; this site trusts ${trusted}`,
            zh: `${file}.minisig 不存在或不是签名；本站点信任 ${trusted}`,
          }
        : {
            en: `it is signed with key ${keyName({ id })}; this site trusts ${trusted}`,
            zh: `签名密钥为 ${keyName({ id })}；本站点信任 ${trusted}`,
          },
    fix: {
      en: `sign it with the old key: minisign -S -s OLD.key -m ${shellWord(path.basename(file))}, and bring both files`,
      zh: `请用旧密钥签名：minisign -S -s OLD.key -m ${shellWord(path.basename(file))}，并同时拷入两个文件`,
    },
  })
}
