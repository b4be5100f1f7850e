import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Exec, isErrno } from '@edgelift/core'

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
}

/** The path of a file of the host as this process sees it. */
export function onHost(host: Host, file: string): string {
  return path.join(host.root, file)
}

/**
 * A text file of the host; undefined where there is none, and where there is none any more: reading what was opened
 * below /proc/PID says ESRCH when the process has ended in between.
 */
export async function readHostFile(host: Host, file: string): Promise<string | undefined> {
  try {
    return await readFile(onHost(host, file), 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ESRCH')) return undefined
    throw error
  }
}

export async function existsOnHost(host: Host, file: string): Promise<boolean> {
  try {
    await stat(onHost(host, file))
    return true
  } catch (error) {
    // EACCES: only in a dry run of a normal user, for whom it is as good as not there.
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false
    throw error
  }
}

/** Standard output of a program, trimmed; undefined when it is not there or fails. For facts that may be unknown. */
export async function ask(host: Host, command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const result = await host.exec(command, args, { timeout: 10_000 })
    return result.code === 0 ? result.stdout.trim() : undefined
  } catch (error) {
    if ((error as { code?: unknown }).code === 'COMMAND_MISSING') return undefined
    throw error
  }
}
