import { fail } from '../codes.ts'

/**
 * The path of a tar's entry, relative to where it would be unpacked: without `./` and closing slashes; empty for the
 * root itself.
 * @throws TAR_INVALID for a path that leaves it
 */
export function insidePath(name: string, what: string, absolute: 'refused' | 'from the root'): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..') || name.includes('\0') || (name.startsWith('/') && absolute === 'refused')) {
    throw refused(what, name, 'its path leads out', '路径越界')
  }
  return parts.join('/')
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

export function memberTooLarge(what: string, name: string, limit: number): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: { en: `${what}: ${name} is too large`, zh: `${what}：${name} 过大` },
    because: { en: `at most ${limit} bytes are accepted`, zh: `最多接受 ${limit} 字节` },
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
