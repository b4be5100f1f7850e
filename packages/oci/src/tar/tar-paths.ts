import path from 'node:path'
import { beginningOf } from '@edgelift/core'
import { BEYOND_LIMIT, fail } from '../codes.ts'

/** Bytes of a path, as Linux's PATH_MAX: no file system of a node could hold a longer one. */
export const PATH_LIMIT = 4096
/** Folders that lie within each other. Images and charts of the field have twenty or so. */
const DEPTH_LIMIT = 255

/**
 * The path of a tar's entry, relative to where it would be unpacked: without `./` and closing slashes; empty for the
 * root itself.
 * @throws TAR_INVALID for a path that leaves it; CONTENT_TOO_LARGE for one beyond the limits
 */
export function insidePath(name: string, what: string, absolute: 'refused' | 'from the root'): string {
  if (name.length > PATH_LIMIT) throw pathTooLong(what, name)
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..') || name.includes('\0') || (name.startsWith('/') && absolute === 'refused')) {
    throw refused(what, name, 'its path leads out', '路径越界')
  }
  if (parts.length > DEPTH_LIMIT) throw pathTooLong(what, name)
  return parts.join('/')
}

export function pathTooLong(what: string, name: string): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: {
      en: `${what}: a path is longer than any node can hold`,
      zh: `${what}：路径过长，任何节点都无法存放`,
    },
    because: {
      en: `"${beginningOf(name, 60)}…" has ${name.length} characters; at most ${PATH_LIMIT}, and ${DEPTH_LIMIT} nested folders, are accepted`,
      zh: `"${beginningOf(name, 60)}…" 长 ${name.length} 个字符；最多接受 ${PATH_LIMIT} 个字符、${DEPTH_LIMIT} 层目录`,
    },
    fix: BEYOND_LIMIT,
  })
}

export function refused(what: string, name: string, en: string, zh: string): Error {
  return fail('TAR_INVALID', {
    what: { en: `${what}: ${JSON.stringify(name)} is refused`, zh: `${what}：拒绝 ${JSON.stringify(name)}` },
    because: { en, zh },
    fix: {
      en: 'do not use this file: a proper one has no such entry',
      zh: '请勿使用该文件：正常的文件不会有这种条目',
    },
  })
}

/** A link among the wanted files: its content lies under another name, which the fix gives. */
export function notAFile(
  what: string,
  name: string,
  {
    type,
    linkname,
  }: { readonly type?: string | null | undefined; readonly linkname?: string | null | undefined },
): Error {
  const isLink = type === 'link' || type === 'symlink'
  // A hard link names its file from the tar's root, a symbolic one from its own folder.
  const folder = type === 'link' ? '' : path.posix.dirname(name)
  const target = path.posix.join(folder, linkname ?? '')
  if (!isLink || !linkname || linkname.startsWith('/') || target.startsWith('..'))
    return refused(what, name, 'it is a link that leads out, or a device', '是指向外部的链接，或设备')
  return fail('TAR_INVALID', {
    what: { en: `${what}: ${name} is a link`, zh: `${what}：${name} 是链接` },
    because: {
      en: `it is a ${type === 'link' ? 'hard' : 'symbolic'} link to ${linkname}; only regular files are taken`,
      zh: `它是指向 ${linkname} 的${type === 'link' ? '硬链接' : '符号链接'}；只能取出普通文件`,
    },
    fix: {
      en: `in the release, name the file itself: ${target}`,
      zh: `请在发布清单中写文件本身的路径：${target}`,
    },
  })
}

export function memberTooLarge(what: string, name: string, limit: number): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: { en: `${what}: ${name} is too large`, zh: `${what}：${name} 过大` },
    because: { en: `at most ${limit} bytes are accepted`, zh: `最多接受 ${limit} 字节` },
    fix: BEYOND_LIMIT,
  })
}

export function memberMissing(what: string, names: readonly string[], near: readonly string[]): Error {
  const there = near.slice(0, 20).join(', ')
  return fail('TAR_MEMBER_MISSING', {
    what: { en: `${what} has no file ${names.join(', ')}`, zh: `${what} 中没有文件 ${names.join('、')}` },
    ...(there === '' ? {} : { because: { en: `there is: ${there}`, zh: `现有：${there}` } }),
    fix: { en: 'correct the path in the release', zh: '请修正发布清单中的路径' },
  })
}
