import { describe, expect, it } from 'vitest'
import { systemErrorForPeople } from './system-error.ts'

/** An error as Node makes one of errno(3). */
function errno(code: string, more: Partial<NodeJS.ErrnoException> = {}): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: words`), {
    code,
    errno: -1,
    syscall: 'open',
    path: '/in/x',
    ...more,
  })
}
const withoutPath = (code: string, syscall = 'write'): NodeJS.ErrnoException =>
  Object.assign(new Error(code), { code, errno: -1, syscall })

describe('an error of the file system', () => {
  it.each<[string, NodeJS.ErrnoException, string, string, RegExp, RegExp]>([
    ['is about to be read', errno('ENOENT'), 'FILE_UNUSABLE', 'cannot use /in/x', /permissions/, /权限/],
    ['may not be read', errno('EACCES'), 'FILE_UNUSABLE', 'cannot use /in/x', /permissions/, /权限/],
    ['is in the way', errno('ENOTDIR'), 'FILE_UNUSABLE', 'cannot use /in/x', /move it away/, /移走/],
    ['is not empty', errno('ENOTEMPTY'), 'FILE_UNUSABLE', 'cannot use /in/x', /move it away/, /移走/],
    [
      'leads to itself',
      errno('ELOOP'),
      'FILE_UNUSABLE',
      'cannot use /in/x',
      /namei -l PATH/,
      /namei -l 路径/,
    ],
    ['is immutable', errno('EPERM'), 'FILE_UNUSABLE', 'cannot use /in/x', /lsattr -d PATH/, /lsattr -d 路径/],
    ['is in use', errno('EBUSY'), 'FILE_UNUSABLE', 'cannot use /in/x', /fuser -v PATH/, /fuser -v 路径/],
    ['is one too many', errno('EMFILE'), 'FILE_UNUSABLE', 'cannot use /in/x', /ulimit -n/, /ulimit -n/],
    [
      'is one too many of all',
      errno('ENFILE'),
      'FILE_UNUSABLE',
      'cannot use /in/x',
      /fs\.file-max/,
      /fs\.file-max/,
    ],
    ['is on a broken disk', errno('EIO'), 'FILE_UNUSABLE', 'cannot use /in/x', /dmesg/, /dmesg/],
    [
      'is too large for the disk',
      errno('EFBIG', { syscall: 'write' }),
      'FILE_UNUSABLE',
      'cannot use /in/x',
      /--split 4GB/,
      /--split 4GB/,
    ],
    [
      'is too large to be read',
      errno('EFBIG', { syscall: 'read' }),
      'FILE_UNUSABLE',
      'cannot use /in/x',
      /right file/,
      /正确的文件/,
    ],
    [
      'does not fit',
      errno('ENOSPC'),
      'DISK_FULL',
      'no space left on the disk (/in/x)',
      /free some space/,
      /释放空间/,
    ],
    [
      'does not fit the quota',
      errno('EDQUOT'),
      'DISK_FULL',
      'no space left on the disk (/in/x)',
      /free some space/,
      /释放空间/,
    ],
    [
      'may not be written',
      errno('EROFS'),
      'DISK_READ_ONLY',
      'cannot write /in/x',
      /findmnt -T PATH/,
      /findmnt -T 路径/,
    ],
    [
      'has no name, and does not fit',
      withoutPath('ENOSPC'),
      'DISK_FULL',
      'no space left on the disk',
      /free/,
      /释放/,
    ],
    [
      'has no name, on a broken disk',
      withoutPath('EIO'),
      'FILE_UNUSABLE',
      'cannot read or write a file',
      /dmesg/,
      /dmesg/,
    ],
    [
      'has no name, and is a folder',
      withoutPath('EISDIR', 'read'),
      'FILE_UNUSABLE',
      'cannot read or write a file',
      /--verbose/,
      /--verbose/,
    ],
    [
      'is the folder that is gone',
      Object.assign(withoutPath('ENOENT', 'uv_cwd')),
      'FILE_UNUSABLE',
      'the current directory cannot be used',
      /cd ~/,
      /cd ~/,
    ],
  ])('is told with what to do: a file that %s', (_what, error, code, what, en, zh) => {
    expect(systemErrorForPeople(error)).toMatchObject({
      code,
      what: { en: what },
      fix: { en: expect.stringMatching(en), zh: expect.stringMatching(zh) },
      cause: error,
    })
  })

  it('names the path in Chinese too', () => {
    expect(systemErrorForPeople(errno('ENOSPC'))?.what.zh).toBe('磁盘空间不足（/in/x）')
    expect(systemErrorForPeople(errno('EACCES'))?.what.zh).toBe('/in/x 无法使用')
    expect(systemErrorForPeople(errno('EROFS'))?.what.zh).toBe('无法写入 /in/x')
  })
})

it.each([
  ['a defect', new TypeError('x is not a function')],
  [
    'a connection that was refused',
    Object.assign(new Error('x'), { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' }),
  ],
  ['an error with a path of its own', Object.assign(new Error('x'), { path: '/in/x' })],
  ['no error', 'ENOENT'],
  ['nothing', undefined],
])('is not %s', (_what, error) => {
  expect(systemErrorForPeople(error)).toBeUndefined()
})
