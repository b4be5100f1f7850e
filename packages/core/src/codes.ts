import { type CodeTable, EXIT, failures } from './errors.ts'

/** The errors of this package. */
export const coreCodes = {
  USAGE: { exit: EXIT.usage, title: { en: 'The command line is not valid', zh: '命令行无法识别' } },
  ENVIRONMENT_INVALID: {
    exit: EXIT.usage,
    title: { en: 'An environment variable is not valid', zh: '环境变量无效' },
  },
  INTERNAL: { exit: EXIT.failed, title: { en: 'A bug in edgelift', zh: 'edgelift 自身的缺陷' } },
  INTERRUPTED: { exit: EXIT.interrupted, title: { en: 'Stopped by a signal', zh: '被信号中断' } },
  DIGEST_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'Not a valid digest', zh: '摘要格式无效' },
  },
  DIGEST_MISMATCH: {
    exit: EXIT.integrity,
    title: { en: 'The content does not match its digest', zh: '内容与摘要不符' },
  },
  SIZE_MISMATCH: {
    exit: EXIT.integrity,
    title: { en: 'The size differs from the declared one', zh: '大小与声明不符' },
  },
  FILE_UNUSABLE: {
    exit: EXIT.failed,
    title: { en: 'A file cannot be read or written', zh: '文件无法读写' },
  },
  FILE_NOT_REGULAR: {
    exit: EXIT.failed,
    title: { en: 'Not a regular file', zh: '不是普通文件' },
  },
  FOLDER_UNSAFE: {
    exit: EXIT.failed,
    title: { en: "A temporary folder is another user's, or a link", zh: '临时目录属于其他用户或是符号链接' },
  },
  OUTPUT_IS_INPUT: {
    exit: EXIT.usage,
    title: { en: 'The output would overwrite an input', zh: '输出会覆盖输入' },
  },
  THREAD_FAILED: {
    exit: EXIT.failed,
    title: { en: 'A thread could not be started, or has ended', zh: '线程无法启动或已退出' },
  },
  DISK_FULL: { exit: EXIT.failed, title: { en: 'No space left on the disk', zh: '磁盘空间不足' } },
  DISK_READ_ONLY: {
    exit: EXIT.failed,
    title: { en: 'A file system is mounted read-only', zh: '文件系统为只读挂载' },
  },
  LOCKED: {
    exit: EXIT.failed,
    title: { en: 'Another edgelift process is running', zh: '另一个 edgelift 进程正在运行' },
  },
  COMMAND_MISSING: {
    exit: EXIT.failed,
    title: { en: 'A required program is missing', zh: '缺少所需的程序' },
  },
  COMMAND_UNUSABLE: {
    exit: EXIT.failed,
    title: { en: 'A program is there and cannot be started', zh: '程序存在但无法启动' },
  },
  COMMAND_FAILED: {
    exit: EXIT.failed,
    title: { en: 'A program failed', zh: '程序执行失败' },
  },
} as const satisfies CodeTable

export const fail = failures(coreCodes)
