import { fail } from './codes.ts'
import { type EdgeliftError, isErrno } from './errors.ts'
import { fileErrorWords } from './file-errors.ts'
import type { Text } from './text.ts'

/** An error of the file system for people, with its path, its cause and what to do; undefined for any other error. */
export function systemErrorForPeople(error: unknown): EdgeliftError | undefined {
  if (!(error instanceof Error)) return undefined
  const { path } = error as { path?: unknown }
  if ((error as NodeJS.ErrnoException).syscall === 'uv_cwd') return folderGone(error)
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return diskFull(error, path)
  if (isErrno(error, 'EROFS')) return diskReadOnly(error, path)
  if (typeof path === 'string' && 'errno' in error && 'syscall' in error) return unusable(error, path)
  return isErrno(error, 'EFBIG', 'EIO', 'EISDIR') ? unusable(error, undefined) : undefined
}

function folderGone(cause: Error): EdgeliftError {
  return fail(
    'FILE_UNUSABLE',
    {
      what: { en: 'the current directory cannot be used', zh: '当前目录无法使用' },
      because: fileErrorWords(cause),
      fix: {
        en: 'it was removed or recreated: change to a directory that exists (cd ~) and run the command again',
        zh: '该目录已被删除或重建：请切换到存在的目录（cd ~），然后重新运行',
      },
    },
    { cause },
  )
}

function unusable(error: Error, path: string | undefined): EdgeliftError {
  const what =
    path === undefined
      ? { en: 'cannot read or write a file', zh: '无法读写文件' }
      : { en: `cannot use ${path}`, zh: `${path} 无法使用` }
  return fail('FILE_UNUSABLE', { what, because: fileErrorWords(error), fix: fixOf(error) }, { cause: error })
}

const CHECK_PERMISSIONS: Text = { en: 'check the path and its permissions', zh: '请检查路径及其权限' }
const MOVE_AWAY: Text = {
  en: 'check the path; if it is not needed, move it away and run the command again',
  zh: '请检查该路径；如不需要，请将其移走，然后重新运行',
}
const GIVE_A_FILE: Text = {
  en: 'give a file where a file is expected; --verbose shows where it failed',
  zh: '请在需要文件处指定文件；加 --verbose 可查看出错位置',
}
const TOO_LARGE_TO_READ: Text = { en: 'check that it is the right file', zh: '请检查是否指定了正确的文件' }

const FIXES: Readonly<Record<string, Text>> = {
  EISDIR: MOVE_AWAY,
  ERR_FS_EISDIR: MOVE_AWAY,
  ENOTDIR: MOVE_AWAY,
  EEXIST: MOVE_AWAY,
  ENOTEMPTY: MOVE_AWAY,
  ELOOP: {
    en: 'check the links on the way (namei -l PATH shows them)',
    zh: '请检查路径上的符号链接（namei -l 路径 可查看）',
  },
  EPERM: {
    en: 'check its owner, and whether it is immutable (lsattr -d PATH shows the flag i, chattr -i PATH clears it)',
    zh: '请检查其属主，以及是否设置了不可修改属性（lsattr -d 路径 可查看 i 标志，chattr -i 路径 可清除）',
  },
  EBUSY: {
    en: 'see what uses it (findmnt PATH, fuser -v PATH), then run it again',
    zh: '请查看占用者（findmnt 路径、fuser -v 路径），然后重新运行',
  },
  EILSEQ: {
    en: 'save it as UTF-8: iconv -f LATIN1 -t UTF-8 FILE converts it, with its own encoding in place of LATIN1 (GBK)',
    zh: '请保存为 UTF-8：可用 iconv -f GBK -t UTF-8 文件 转换（GBK 换成文件的实际编码）',
  },
  EMFILE: { en: 'raise the limit of ulimit -n', zh: '请调高 ulimit -n 的限制' },
  ENFILE: { en: 'raise the kernel setting fs.file-max', zh: '请调高内核参数 fs.file-max' },
  EIO: {
    en: 'check the disk (dmesg shows its errors), then run it again',
    zh: '请检查磁盘（dmesg 中有其错误），然后重新运行',
  },
  EFBIG: {
    en: 'choose a disk that takes larger files (FAT32 holds up to 4 GB: build with --split 4GB), and raise the limit of ulimit -f',
    zh: '请改用支持大文件的磁盘（FAT32 最大 4 GB：构建时加 --split 4GB），并调高 ulimit -f 的限制',
  },
}

function fixOf(error: Error): Text {
  const { code, syscall, path } = error as NodeJS.ErrnoException
  if (code === 'EFBIG' && syscall === 'read') return TOO_LARGE_TO_READ
  if (code === 'EISDIR' && path === undefined) return GIVE_A_FILE
  return FIXES[code ?? ''] ?? CHECK_PERMISSIONS
}

function diskFull(error: Error, path: unknown): EdgeliftError {
  const where = typeof path === 'string' ? path : undefined
  return fail(
    'DISK_FULL',
    {
      what: {
        en: `no space left on the disk${where === undefined ? '' : ` (${where})`}`,
        zh: `磁盘空间不足${where === undefined ? '' : `（${where}）`}`,
      },
      because: fileErrorWords(error),
      fix: {
        en: 'free some space (df -h shows it; df -i, whether inodes are what lacks) and run it again: completed work is kept',
        zh: '请释放空间（df -h 查看容量，df -i 查看 inode 是否用完）后重新运行：已完成的内容会保留',
      },
    },
    { cause: error },
  )
}

function diskReadOnly(error: Error, path: unknown): EdgeliftError {
  const where = typeof path === 'string' ? path : '?'
  return fail(
    'DISK_READ_ONLY',
    {
      what: { en: `cannot write ${where}`, zh: `无法写入 ${where}` },
      because: fileErrorWords(error),
      fix: {
        en: 'mount the file system writable (findmnt -T PATH shows which one) and run it again',
        zh: '请以可写方式重新挂载该文件系统（findmnt -T 路径 可查看）后重新运行',
      },
    },
    { cause: error },
  )
}
