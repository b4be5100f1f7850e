import { constants } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

/** A program that is to be started. */
export interface Start {
  readonly command: string
  readonly env: NodeJS.ProcessEnv
  /** Where a relative path begins; the process' own folder when left out. */
  readonly cwd?: string | undefined
}

/** Where the program is; undefined when it is nowhere. @param isWanted which of several of this name in PATH is meant */
export async function programFile(
  { command, env, cwd = '.' }: Start,
  isWanted: (mode: number) => boolean = () => true,
): Promise<string | undefined> {
  const isPath = command.includes('/')
  for (const folder of isPath ? [''] : (env.PATH ?? '').split(':')) {
    const file = path.resolve(cwd, folder, command)
    const found = await stat(file).catch(() => undefined)
    if (found !== undefined && (isPath || (found.isFile() && isWanted(found.mode)))) return file
  }
  return undefined
}

/** Why a file is no program: nothing is in it, its end is missing, or it is of a format that this machine does not run. */
export type ProgramFault = 'empty' | 'cut off' | 'foreign'

const HEAD = 4096 // bytes: an ELF file's header and the table of its segments

/**
 * What is wrong with the file of a program; undefined where nothing is, or where it cannot be read. The system calls a file
 * without a format that it knows no error of its own: execvp(3) hands it to `sh`, which ends with 0 for one that is empty, or
 * all zeros, as a power loss leaves files. A text without `#!` is a script for `sh` by the same rule, and passes.
 */
export async function programFault(file: string): Promise<ProgramFault | undefined> {
  const read = await headOf(file)
  if (read === undefined) return undefined
  const { head, size } = read
  if (size === 0) return 'empty'
  if (head.toString('latin1', 0, 2) === '#!') return undefined
  if (head.toString('latin1', 0, 4) === '\x7fELF') {
    if (isCutOff(head, size)) return 'cut off'
    return isForHere(head) || (await isHandled(file, head)) ? undefined : 'foreign'
  }
  const isText = !head.includes(0) && head.toString('latin1').trim() !== ''
  return isText || (await isHandled(file, head)) ? undefined : 'foreign'
}

async function headOf(file: string): Promise<{ readonly head: Buffer; readonly size: number } | undefined> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = await handle.stat()
    if (!found.isFile()) return undefined
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return { head: buffer.subarray(0, bytesRead), size: found.size }
  } catch {
    return undefined // whether it can be run without being read, the system says
  }
}

const [CLASS_64, LITTLE_ENDIAN, LOAD] = [2, 1, 1]
const HEADER = { 32: 52, 64: 64 } as const // bytes

/** Whether an ELF file ends before its segments do (elf(5)). */
function isCutOff(head: Buffer, size: number): boolean {
  const is64 = head[4] === CLASS_64
  if (size < HEADER[is64 ? 64 : 32]) return true
  if (head[5] !== LITTLE_ENDIAN) return false
  const word = (at: number) => (is64 ? Number(head.readBigUInt64LE(at)) : head.readUInt32LE(at))
  const [table, entry, count] = is64
    ? [word(32), head.readUInt16LE(54), head.readUInt16LE(56)]
    : [word(28), head.readUInt16LE(42), head.readUInt16LE(44)]
  if (table + entry * count > size) return true
  if (table + entry * count > head.length) return false
  for (let at = table; at < table + entry * count; at += entry) {
    const end = is64 ? word(at + 8) + word(at + 32) : word(at + 4) + word(at + 16)
    if (head.readUInt32LE(at) === LOAD && end > size) return true
  }
  return false
}

/** Numbers of elf.h's `e_machine`: the machine's own, and the one of 32 bits that most of its kernels run, too. */
const MACHINES: Readonly<Partial<Record<NodeJS.Architecture, readonly number[]>>> = {
  x64: [62, 3],
  arm64: [183, 40],
}

function isForHere(head: Buffer): boolean {
  const machines = MACHINES[process.arch]
  return machines === undefined || (head[5] === LITTLE_ENDIAN && machines.includes(head.readUInt16LE(18)))
}

const HANDLERS = '/proc/sys/fs/binfmt_misc'

/** Whether the kernel was given a handler for such files, as an emulator registers (Linux Documentation/admin-guide/binfmt-misc). */
async function isHandled(file: string, head: Buffer): Promise<boolean> {
  const names = await readdir(HANDLERS).catch(() => [])
  for (const name of names.filter((one) => one !== 'register' && one !== 'status')) {
    const text = await readFile(`${HANDLERS}/${name}`, 'utf8').catch(() => '')
    if (takes(text, file, head)) return true
  }
  return false
}

/** Pure. @param handler as binfmt_misc describes it */
export function takes(handler: string, file: string, head: Buffer): boolean {
  const field = (name: string) => new RegExp(`^${name} (.+)$`, 'm').exec(handler)?.[1]
  if (!handler.startsWith('enabled')) return false
  const extension = field('extension')
  if (extension !== undefined) return file.endsWith(extension)
  const magic = Buffer.from(field('magic') ?? '', 'hex')
  const mask = Buffer.from(field('mask') ?? 'ff'.repeat(magic.length), 'hex')
  const offset = Number(field('offset') ?? 0)
  return (
    magic.length > 0 &&
    magic.every(
      (byte, index) =>
        ((head[offset + index] ?? 0) & (mask[index] ?? 0xff)) === (byte & (mask[index] ?? 0xff)),
    )
  )
}
