import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, shellWord } from '@edgelift/core'
import { fail } from '../problem/codes.ts'

/** What `lstat` says of a place, as far as it decides who can change it. */
export interface Ownership {
  readonly uid: number
  /** Type and permission bits. */
  readonly mode: number
  readonly nlink: number
}

const OTHERS_WRITE = 0o022
const STICKY = 0o1000
const SET_IDS = 0o6000
const TYPE = 0o170000
const FILE = 0o100000
const LINK = 0o120000

/**
 * Refuses a directory whose programs another user could exchange: it, everything in it and every folder above it has
 * to be root's and writable by root alone. A folder above may be open to others when it is sticky, as /tmp is: nobody
 * but root renames or deletes what is root's there. Called by root only, before anything of the directory is used.
 * @param owner the user whose directory it has to be
 * @throws DIRECTORY_UNSAFE naming the first place and the fix
 */
export async function requireRootOwned(directory: string, owner = 0): Promise<void> {
  const top = path.resolve(directory)
  for (let at = path.dirname(top); ; at = path.dirname(at)) {
    const why = parentProblem(await lstat(at), owner)
    if (why !== undefined)
      throw unsafe(at, why, `chown root: ${shellWord(at)} && chmod go-w ${shellWord(at)}`)
    if (at === path.dirname(at)) break
  }
  const odd = await firstOddBelow(top, owner)
  if (odd !== undefined)
    throw unsafe(odd.place, odd.why, `chown -R root: ${shellWord(top)} && chmod -R go-w ${shellWord(top)}`)
}

/** Pure. */
export function parentProblem({ uid, mode }: Ownership, owner: number): Why | undefined {
  if (uid !== owner && uid !== 0) return 'owner'
  return (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0 ? 'writable' : undefined
}

/** Pure. */
export function entryProblem({ uid, mode, nlink }: Ownership, owner: number): Why | undefined {
  if (uid !== owner) return 'owner'
  if ((mode & TYPE) === LINK) return undefined // its mode means nothing; the audit refuses links
  if ((mode & OTHERS_WRITE) !== 0) return 'writable'
  if ((mode & TYPE) !== FILE) return undefined
  if ((mode & SET_IDS) !== 0) return 'set-id'
  return nlink > 1 ? 'hard-link' : undefined
}

type Why = 'owner' | 'writable' | 'set-id' | 'hard-link'

const WHY: Readonly<Record<Why, { en: string; zh: string }>> = {
  owner: { en: 'it does not belong to root', zh: '其属主不是 root' },
  writable: { en: 'other users can write to it', zh: '其他用户可以写入' },
  'set-id': { en: 'it has the setuid or setgid bit', zh: '设置了 setuid 或 setgid 位' },
  'hard-link': { en: 'it has a second name (hard link)', zh: '存在硬链接' },
}

async function firstOddBelow(
  folder: string,
  owner: number,
): Promise<{ readonly place: string; readonly why: Why } | undefined> {
  const why = entryProblem(await lstat(folder), owner)
  if (why !== undefined) return { place: folder, why }
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      const odd = await firstOddBelow(place, owner)
      if (odd !== undefined) return odd
      continue
    }
    const found = await lstat(place).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return undefined
      throw error
    })
    const own = found === undefined ? undefined : entryProblem(found, owner)
    if (own !== undefined) return { place, why: own }
  }
  return undefined
}

function unsafe(place: string, why: Why, command: string): Error {
  return fail('DIRECTORY_UNSAFE', {
    what: {
      en: `root does not run programs from here: ${place}`,
      zh: `拒绝以 root 运行此处的程序：${place}`,
    },
    because: WHY[why],
    fix:
      why === 'hard-link'
        ? {
            en: 'unpack the archive again, as root, into a new folder',
            zh: '请以 root 将离线包重新解包到新目录',
          }
        : {
            en: `${command}; then compare with sha256sum -c SHA256SUMS, since its content may have been changed before`,
            zh: `执行 ${command}；然后用 sha256sum -c SHA256SUMS 核对内容，此前文件可能已被改动`,
          },
  })
}
