import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { isErrno } from './errors.ts'

interface EndOptions {
  /** Milliseconds until the program and its children are killed. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** Milliseconds that a program which is told to end has for it; and then one that was killed, until it is given up. */
const GRACE = { told: 3_000, killed: 1_000 }

/**
 * Ends a program and its children: at once when its time is up, after a word when the signal is aborted. What even that does
 * not end (a disk that hangs), or what a child that left the group still holds open, is waited for no longer.
 * @param giveUp is told then
 */
export function ending(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  { timeout, signal }: EndOptions,
  giveUp: () => void,
) {
  const timers: NodeJS.Timeout[] = []
  const after = (time: number, act: () => void) => void timers.push(setTimeout(act, time))
  let late = false
  const kill = () => {
    killGroup(child.pid, 'SIGKILL')
    after(GRACE.killed, () => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      child.unref()
      giveUp()
    })
  }
  const stop = () => {
    killGroup(child.pid, 'SIGTERM')
    after(GRACE.told, kill)
  }
  if (timeout !== undefined)
    after(timeout, () => {
      late = true
      kill()
    })
  signal?.addEventListener('abort', stop, { once: true })
  return {
    isLate: () => late,
    forget: () => {
      for (const timer of timers) clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    },
  }
}

/** The error for a program that was ended since the signal was aborted. */
export function aborted(signal: AbortSignal): Error {
  const error = new Error('the program was ended', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}
