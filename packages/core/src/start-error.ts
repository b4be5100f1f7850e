import { constants } from 'node:fs'
import { access, open } from 'node:fs/promises'
import { fail } from './codes.ts'
import { isErrno } from './errors.ts'
import { type ProgramFault, programFault, programFile, type Start } from './program-file.ts'
import { shellWord } from './shell-word.ts'
import type { Text } from './text.ts'

type Reason = { readonly because: Text; readonly fix: Text }

/**
 * The error for a program that could not be started. The system says ENOENT also of one that is there, when the
 * interpreter that it needs is not, and EACCES also of one that is nowhere, when a folder of PATH is closed (execve(2),
 * execvp(3)).
 * @param error of `spawn`
 * @returns COMMAND_MISSING only for what is not there; COMMAND_UNUSABLE; `error` itself when it says nothing of the program
 */
export async function startError(start: Start, error: Error): Promise<Error> {
  if (!isErrno(error, 'ENOENT', 'EACCES', 'ENOEXEC')) return error
  const { command } = start
  const what = cannotRun(command)
  const file = await programFile(start)
  return file === undefined
    ? fail('COMMAND_MISSING', { what, ...missing(command) }, { cause: error })
    : fail('COMMAND_UNUSABLE', { what, ...(await reason(file, error)) }, { cause: error })
}

/**
 * Looks at a program's file before it is started: what is no program would be handed to `sh` ({@link programFault}).
 * @throws COMMAND_UNUSABLE
 */
export async function mustBeProgram(start: Start): Promise<void> {
  const file = await programFile(start, (mode) => (mode & 0o111) !== 0)
  const fault = file === undefined ? undefined : await programFault(file)
  if (file === undefined || fault === undefined) return
  throw fail('COMMAND_UNUSABLE', { what: cannotRun(start.command), ...FAULTS[fault](file) })
}

function cannotRun(command: string): Text {
  return { en: `cannot run ${command}`, zh: `无法运行 ${command}` }
}

const INSTALL_AGAIN: Text = {
  en: 'install it again (unpack the archive again, if the file belongs to one): a power loss or a full disk may have cut it off',
  zh: '请重新安装（若属于离线包，请重新解包）：文件可能因断电或磁盘写满而不完整',
}

const FAULTS: Readonly<Record<ProgramFault, (file: string) => Reason>> = {
  empty: (file) => ({
    because: { en: `${file} is empty`, zh: `${file} 是空文件` },
    fix: INSTALL_AGAIN,
  }),
  'cut off': (file) => ({
    because: { en: `the end of ${file} is missing`, zh: `${file} 不完整，末尾缺失` },
    fix: INSTALL_AGAIN,
  }),
  foreign: notForHere,
}

async function reason(file: string, error: Error): Promise<Reason> {
  if (isErrno(error, 'ENOEXEC')) return notForHere(file)
  const interpreter = await interpreterOf(file)
  if (isErrno(error, 'ENOENT'))
    return interpreter === undefined ? withoutLoader(file) : withoutInterpreter(file, interpreter)
  const isAllowed = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
  return denied(isAllowed ? (interpreter ?? file) : file)
}

const LONGEST_LINE = 256 // bytes: what Linux reads of a script's first line (BINPRM_BUF_SIZE)

/** The program that a script's first line names; undefined for what is no script, or cannot be read. */
async function interpreterOf(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_LINE), 0, LONGEST_LINE, 0)
    return /^#![ \t]*(\S+)/.exec(buffer.toString('utf8', 0, bytesRead))?.[1]
  } catch {
    return undefined
  }
}

function missing(command: string): Reason {
  return {
    because: { en: 'no such file or directory', zh: '文件或目录不存在' },
    fix: { en: `install ${command} or add it to PATH`, zh: `请安装 ${command} 或将其加入 PATH` },
  }
}

function withoutInterpreter(file: string, interpreter: string): Reason {
  return {
    because: {
      en: `the interpreter that ${file} names is missing: ${interpreter}`,
      zh: `${file} 指定的解释器不存在：${interpreter}`,
    },
    fix: {
      en: `install ${interpreter}, or correct the first line of ${file}`,
      zh: `请安装 ${interpreter}，或修改 ${file} 的第一行`,
    },
  }
}

/** An ELF file names its loader as a script names its interpreter. */
function withoutLoader(file: string): Reason {
  return {
    because: {
      en: `${file} exists, but the program loader that it needs is missing`,
      zh: `${file} 存在，但缺少其所需的程序加载器`,
    },
    fix: {
      en: `it was built for another C library or architecture (file ${shellWord(file)} tells): install one for this machine`,
      zh: `该程序是为其他 C 库或架构构建的（可用 file ${shellWord(file)} 查看）：请安装适用于本机的版本`,
    },
  }
}

function notForHere(file: string): Reason {
  return {
    because: { en: `${file} is not a program that this machine can run`, zh: `${file} 不是本机可运行的程序` },
    fix: {
      en: `it is damaged or built for another architecture (file ${shellWord(file)} tells): install it again`,
      zh: `文件已损坏或架构不符（可用 file ${shellWord(file)} 查看）：请重新安装`,
    },
  }
}

function denied(file: string): Reason {
  return {
    because: { en: `${file}: permission denied`, zh: `${file}：权限不足` },
    fix: {
      en: `make it executable (chmod +x ${shellWord(file)}); if it is, check whether its file system is mounted noexec (findmnt -T ${shellWord(file)})`,
      zh: `请添加执行权限（chmod +x ${shellWord(file)}）；若已有权限，请检查所在文件系统是否以 noexec 挂载（findmnt -T ${shellWord(file)}）`,
    },
  }
}
