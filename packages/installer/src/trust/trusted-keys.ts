import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { keyName, PATHS, type PublicKey, parsePublicKeys, signatureKey } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'
import { type Host, onHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { entryProblem } from './root-owned.ts'

/** A site's own rule: with this file, only archives that one of its keys has signed are used on this machine. */
export const TRUSTED_KEYS = '/etc/edgelift/trusted.pub'

/**
 * The minisign public keys of the site; undefined where it has none. Root reads them only when they are root's.
 * @throws KEY_INVALID; DIRECTORY_UNSAFE when somebody else can write the file
 */
export async function trustedKeys(host: Host): Promise<readonly PublicKey[] | undefined> {
  const file = onHost(host, TRUSTED_KEYS)
  try {
    const problem = entryProblem(await lstat(file), process.geteuid?.() ?? 0)
    if (problem !== undefined) throw open(TRUSTED_KEYS)
    return parsePublicKeys(await readFile(file, 'utf8'), TRUSTED_KEYS)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/**
 * The trusted key that an unpacked directory claims to be signed with; whether the signature holds, the audit says.
 * @throws SIGNATURE_UNTRUSTED when it is not signed, or by another key
 */
async function trustedKeyOf(directory: string, keys: readonly PublicKey[]): Promise<PublicKey> {
  const text = await readFile(path.join(directory, PATHS.signature), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  })
  const id = text === undefined ? undefined : signatureKey(text)
  const key = keys.find((one) => id?.equals(one.id) === true)
  if (key !== undefined) return key
  const trusted = keys.map(keyName).join(', ')
  throw fail('SIGNATURE_UNTRUSTED', {
    what: { en: 'this site does not trust this archive', zh: '本站点不信任此离线包' },
    because:
      id === undefined
        ? {
            en: `it is not signed; ${TRUSTED_KEYS} trusts ${trusted}`,
            zh: `离线包未签名；${TRUSTED_KEYS} 信任的密钥：${trusted}`,
          }
        : {
            en: `it is signed with key ${keyName({ id })}; ${TRUSTED_KEYS} trusts ${trusted}`,
            zh: `签名密钥为 ${keyName({ id })}；${TRUSTED_KEYS} 信任的密钥：${trusted}`,
          },
    fix: {
      en: `use an archive that is signed with a trusted key; if the key is right, let the site's owner add it to ${TRUSTED_KEYS}`,
      zh: `请使用由受信任密钥签名的离线包；若密钥无误，请站点负责人将其加入 ${TRUSTED_KEYS}`,
    },
  })
}

/**
 * The key that an unpacked directory has to be signed with: the one that was asked for, else the site's own.
 * @returns undefined where neither the caller nor the site asks for a signature
 * @throws SIGNATURE_UNTRUSTED, KEY_INVALID, DIRECTORY_UNSAFE
 */
export async function requiredKey(
  host: Host,
  directory: string,
  asked: PublicKey | undefined,
): Promise<PublicKey | undefined> {
  const keys = await trustedKeys(host)
  if (keys === undefined) return asked
  const key = await trustedKeyOf(directory, keys)
  return asked ?? key
}

function open(file: string): Error {
  return fail('DIRECTORY_UNSAFE', {
    what: { en: `cannot trust ${file}`, zh: `无法信任 ${file}` },
    because: {
      en: 'it does not belong to root, or other users can write to it',
      zh: '其属主不是 root，或其他用户可以写入',
    },
    fix: {
      en: `chown root: ${file} && chmod 644 ${file}, after comparing its content`,
      zh: `核对内容后执行 chown root: ${file} && chmod 644 ${file}`,
    },
  })
}
