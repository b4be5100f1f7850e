import { isErrno } from './errors.ts'
import { same, type Text } from './text.ts'

/** What the system says of a file (errno(3)), for people. */
const FILE_ERRORS: Readonly<Record<string, Text>> = {
  ENOENT: { en: 'no such file or directory', zh: '文件或目录不存在' },
  ENOTDIR: { en: 'part of the path is not a directory', zh: '路径中有一部分不是目录' },
  EISDIR: { en: 'it is a directory', zh: '这是一个目录' },
  ERR_FS_EISDIR: { en: 'it is a directory', zh: '这是一个目录' }, // as fs.rm says it
  EACCES: { en: 'permission denied', zh: '权限不足' },
  EPERM: { en: 'operation not permitted', zh: '不允许该操作' },
  EBUSY: { en: 'it is in use, or something is mounted there', zh: '正被占用，或该处有挂载' },
  EEXIST: { en: 'it already exists', zh: '已存在' },
  ELOOP: { en: 'too many symbolic links', zh: '符号链接层数过多' },
  ENAMETOOLONG: { en: 'the name is too long', zh: '名称过长' },
  ENXIO: { en: 'no such device or address', zh: '没有该设备或地址' },
  ENOSPC: { en: 'no space left on the disk', zh: '磁盘空间不足' },
  EDQUOT: { en: 'the disk quota is used up', zh: '磁盘配额已用尽' },
  EFBIG: { en: 'the file is too large', zh: '文件过大' },
  EILSEQ: { en: 'it is not text in UTF-8', zh: '不是 UTF-8 文本' },
  EIO: { en: 'the disk reports an input/output error', zh: '磁盘报告输入/输出错误' },
  ENOTEMPTY: { en: 'the directory is not empty', zh: '目录不为空' },
  EXDEV: { en: 'the two paths are on different file systems', zh: '两个路径不在同一文件系统上' },
  EMFILE: { en: 'this process has too many open files', zh: '本进程打开的文件过多' },
  ENFILE: { en: 'this machine has too many open files', zh: '本机打开的文件过多' },
  ETXTBSY: { en: 'it is a program that is running', zh: '该程序正在运行' },
  ESTALE: { en: 'the network file system no longer knows it', zh: '网络文件系统上的句柄已失效' },
  EROFS: { en: 'the file system is mounted read-only', zh: '文件系统以只读方式挂载' },
}

const IN_THE_WAY = { en: 'it is a file, not a directory', zh: '这是一个文件，不是目录' }

/** Words for an error of a file; its own, where the system says something else. */
export function fileErrorWords(error: unknown): Text {
  if (isErrno(error, 'EEXIST') && (error as NodeJS.ErrnoException).syscall === 'mkdir') return IN_THE_WAY
  const code = Object.keys(FILE_ERRORS).find((one) => isErrno(error, one))
  return (
    (code === undefined ? undefined : FILE_ERRORS[code]) ??
    same(error instanceof Error ? error.message : String(error))
  )
}

const RAISED = {
  ENOENT: { errno: -2, syscall: 'open', words: 'no such file or directory' },
  ENOTDIR: { errno: -20, syscall: 'open', words: 'not a directory' },
  EFBIG: { errno: -27, syscall: 'read', words: 'file too large' },
  EILSEQ: { errno: -84, syscall: 'read', words: 'illegal byte sequence' },
} as const

/** An error as the system itself raises it (errno(3)), for what is found here before the system would say it. */
export function systemError(code: keyof typeof RAISED, path?: string): NodeJS.ErrnoException {
  const { errno, syscall, words } = RAISED[code]
  const error = new Error(`${code}: ${words}, ${syscall}`)
  return Object.assign(error, { code, errno, syscall, ...(path === undefined ? {} : { path }) })
}

/**
 * For `catch`: throws an error of the file system again, with a path where it names none, as those of open files and of
 * streams do not.
 */
export function namingPath(file: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && 'syscall' in error && (error as NodeJS.ErrnoException).path === undefined)
      Object.assign(error, { path: file })
    throw error
  }
}
