import { lstat, realpath } from 'node:fs/promises'
import path from 'node:path'
import { keyName, PATHS, type PublicKey, parsePublicKeys, signatureKey, smallText } from '@edgelift/bundle'
import { isErrno, readNamedText, shellWord, type Text } from '@edgelift/core'
import { type Host, onHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { entryProblem, parentProblem } from './root-owned.ts'

/** A site's own rule: with this file, only archives that one of its keys has signed are used on this machine. */
export const TRUSTED_KEYS = '/etc/edgelift/trusted.pub'

/**
 * The minisign public keys of the site; undefined where it has none. Whatever lies there and cannot be believed is an
 * error: the rule must not vanish with its file.
 * @throws KEY_INVALID; DIRECTORY_UNSAFE when other users can write the file or exchange it, and when it is no file
 */
export async function trustedKeys(host: Host): Promise<readonly PublicKey[] | undefined> {
  const link = onHost(host, TRUSTED_KEYS)
  try {
    await lstat(link)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
  const file = await realpath(link).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw unbelievable(TRUSTED_KEYS, NOWHERE)
    throw error
  })
  const owner = process.geteuid?.() ?? 0
  for (const folder of new Set([...foldersOf(link, host.root), ...foldersOf(file, host.root)]))
    if (parentProblem(await lstat(folder), owner) !== undefined) throw unbelievable(folder, OPEN, 755)
  const found = await lstat(file)
  if (!found.isFile()) throw unbelievable(TRUSTED_KEYS, NO_FILE)
  if (entryProblem(found, owner) !== undefined) throw unbelievable(file, OPEN, 644)
  // Comments may be in whatever encoding their writer uses (GBK); a key has letters of all of them.
  return parsePublicKeys(await readNamedText(file, 'replaced'), TRUSTED_KEYS)
}

/** The folders above, up to the host's own root. */
function foldersOf(file: string, root: string): string[] {
  const above = path.dirname(file)
  const isTop = above === file || path.relative(root, above) === ''
  return isTop ? [above] : [above, ...foldersOf(above, root)]
}

/**
 * The trusted key that an unpacked directory claims to be signed with; whether the signature holds, the audit says.
 * @throws SIGNATURE_UNTRUSTED when it is not signed, or by another key
 */
async function trustedKeyOf(directory: string, keys: readonly PublicKey[]): Promise<PublicKey> {
  const text = await smallText(path.join(directory, PATHS.signature))
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

const OPEN = {
  en: 'it does not belong to root, or other users can write to it',
  zh: '其属主不是 root，或其他用户可以写入',
}
const NO_FILE = { en: 'it is not a regular file', zh: '它不是普通文件' }
const NOWHERE = { en: 'it is a link whose target does not exist', zh: '它是符号链接，且目标不存在' }

/** @param mode what the place should have; undefined where no mode mends it */
function unbelievable(place: string, because: Text, mode?: number): Error {
  return fail('DIRECTORY_UNSAFE', {
    what: { en: `cannot trust ${place}`, zh: `无法信任 ${place}` },
    because,
    fix:
      mode === undefined
        ? {
            en: `write the site's public keys to ${place}, or remove it`,
            zh: `请将本站点的公钥写入 ${place}，或将其删除`,
          }
        : {
            en: `chown root: ${shellWord(place)} && chmod ${mode} ${shellWord(place)}, after comparing the keys in ${TRUSTED_KEYS}`,
            zh: `核对 ${TRUSTED_KEYS} 中的公钥后执行 chown root: ${shellWord(place)} && chmod ${mode} ${shellWord(place)}`,
          },
  })
}
