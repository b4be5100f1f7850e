import { isUtf8 } from 'node:buffer'
import type { Stats } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  EdgeliftError,
  type Exec,
  type ExecResult,
  isErrno,
  isNotRegular,
  mustExec,
  notRegular,
  readRegular,
  systemError,
  type Text,
} from '@edgelift/core'

/**
 * The machine that is installed on: its files below `root` (`/`, or a folder in tests) and its programs. Nothing in
 * the installer reaches the machine by another way.
 */
export interface Host {
  readonly root: string
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970, by this machine's clock. */
  readonly now: () => number
  /** Where EdgeCore's metaServer listens, as `address:port`; absent: where EdgeCore's configuration has it. */
  readonly metaServer?: string
}

/** For a program that puts back what a run has taken away, such as a service that it stopped: a signal ends the run, and not this. */
export const UNSTOPPED: AbortSignal = new AbortController().signal

/** The same machine, for several such programs. */
export function unstopped(host: Host): Host {
  return {
    ...host,
    exec: (command, args, options) => host.exec(command, args, { ...options, signal: UNSTOPPED }),
  }
}

/** How a file system says that nothing has such a name. */
const NO_FILE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'] as const

/**
 * The path of a file of the host as this process sees it.
 * @throws ENOENT for a path with NUL in it, which names no file: it stands in what others wrote (TOML, YAML and JSON can)
 */
export function onHost(host: Host, file: string): string {
  if (file.includes('\0')) throw systemError('ENOENT', file)
  return path.join(host.root, file)
}

/**
 * A text file of the host, for what may be unknown: undefined where there is none, or something else stands (a directory,
 * a pipe, a link to itself), and where there is none any more: reading what was opened below /proc/PID says ESRCH when the
 * process has ended in between.
 */
export async function readHostFile(host: Host, file: string): Promise<string | undefined> {
  return (await readHostBytes(host, file))?.toString('utf8')
}

/** As {@link readHostFile}, its bytes. */
export async function readHostBytes(host: Host, file: string): Promise<Buffer | undefined> {
  try {
    return await readRegular(onHost(host, file))
  } catch (error) {
    if (isNotRegular(error) || isErrno(error, ...NO_FILE, 'EINVAL', 'ESRCH')) return undefined
    throw error
  }
}

/**
 * A text file of the host by which is decided what is done: undefined only where nothing stands in its place.
 * @throws FILE_NOT_REGULAR; the file system's errors, EILSEQ where it is not UTF-8
 */
export async function readDecisive(host: Host, file: string): Promise<string | undefined> {
  const place = onHost(host, file)
  try {
    return utf8Of(await readRegular(place), place)
  } catch (error) {
    const found = await lstat(place).catch(() => undefined)
    if (isErrno(error, 'ENOENT') && found === undefined) return undefined
    if (isNotRegular(error) || isErrno(error, 'ENOENT', 'ELOOP')) throw inTheWay(place, found)
    throw error
  }
}

/** The error for what stands in the place of a file of the host. @param place as this process sees it */
export function inTheWay(place: string, found?: Stats): Error {
  return notRegular(place, found, MOVE_AWAY)
}

const MOVE_AWAY: Text = {
  en: 'move it away and run the command again',
  zh: '请将其移走，然后重新运行',
}

function utf8Of(bytes: Buffer, place: string): string {
  if (!isUtf8(bytes)) throw systemError('EILSEQ', place)
  return bytes.toString('utf8')
}

export async function existsOnHost(host: Host, file: string): Promise<boolean> {
  try {
    return await isOnHost(host, file)
  } catch (error) {
    // Only in a dry run of a normal user, for whom it is as good as not there.
    if (isErrno(error, 'EACCES')) return false
    throw error
  }
}

/**
 * As {@link existsOnHost}, where absence has consequences: root may not look into a home on a network file system either.
 * @throws the file system's errors but for those that tell of absence
 */
export async function isOnHost(host: Host, file: string): Promise<boolean> {
  try {
    await stat(onHost(host, file))
    return true
  } catch (error) {
    if (isErrno(error, ...NO_FILE)) return false
    throw error
  }
}

/** Whether a program did not run at all: it is not there, or it is and cannot be started. */
export function hasNotRun(error: unknown): error is EdgeliftError {
  return error instanceof EdgeliftError && ['COMMAND_MISSING', 'COMMAND_UNUSABLE'].includes(error.code)
}

/** How a program ended, within so many milliseconds; undefined where it did not run at all. @throws after a signal, its reason */
export async function endOf(
  host: Host,
  timeout: number,
  command: string,
  args: readonly string[],
): Promise<ExecResult | undefined> {
  try {
    return await host.exec(command, args, { timeout })
  } catch (error) {
    if (hasNotRun(error)) return undefined
    throw error
  }
}

/**
 * Standard output of a program, trimmed; undefined when it does not run or fails. For facts that may be unknown, and for those
 * alone: where undefined would be taken for none, ask with {@link mustAsk}.
 */
export async function ask(host: Host, command: string, ...args: string[]): Promise<string | undefined> {
  const result = await endOf(host, 10_000, command, args)
  return result?.code === 0 ? result.stdout.trim() : undefined
}

/**
 * As {@link ask}, where a failure would be taken for an answer without content: undefined only where the program is not there.
 * @throws COMMAND_FAILED with what it printed, COMMAND_UNUSABLE
 */
export async function mustAsk(host: Host, command: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (await mustExec(host.exec, command, args, { timeout: 30_000 })).trim()
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'COMMAND_MISSING') return undefined
    throw error
  }
}
