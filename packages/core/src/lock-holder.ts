import { lstat, readFile, readlink, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isErrno } from './errors.ts'
import { parseJson } from './json.ts'
import { isNotRegular, readRegular } from './regular-file.ts'

/** Who holds a lock: a PID alone is reused; with its start time, its namespace and the boot it is unique. */
export interface Holder {
  /** Of this one taking of the lock: no other lock ever has it. */
  readonly nonce: string
  /** Tells machines apart that share a folder over a network. */
  readonly host: string
  readonly pid: number
  readonly started: string
  readonly boot: string
  readonly pidSpace: string
}

export interface Taker {
  /** This call's own file, which was just written: the folder's clock. */
  readonly own: string
  readonly me: Holder
}

export const SILENT = 60_000 // ms without a sign of life, after which a holder that cannot be looked up counts as dead

/** Undefined for what no process of ours has written whole: a power loss may leave a file empty. */
export async function holderOf(file: string): Promise<Holder | undefined | 'gone'> {
  try {
    const read = parseJson((await readRegular(file)).toString('utf8')) as Partial<Holder> | null
    if (typeof read?.pid !== 'number' || typeof read.started !== 'string' || typeof read.boot !== 'string') {
      return undefined
    }
    const { pid, started, boot } = read
    const [nonce, host, pidSpace] = [read.nonce, read.host, read.pidSpace].map((text) => String(text ?? ''))
    return { pid, started, boot, nonce: safeName(nonce), host: host ?? '', pidSpace: pidSpace ?? '' }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return (await isLink(file)) ? undefined : 'gone'
    if (isErrno(error, 'ELOOP')) return undefined
    if (error instanceof SyntaxError) return undefined
    if (isNotRegular(error)) return undefined
    throw error
  }
}

/** A link to nowhere is in the way of a lock; a lock that is there by now was taken after this look at it. */
async function isLink(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined)
  return found?.isSymbolicLink() ?? false
}

/** It becomes part of a file's name. */
function safeName(text = ''): string {
  return text.replace(/[^0-9a-zA-Z]/g, '').slice(0, 64)
}

/** Who cannot be looked up (another container, another machine) lives as long as the lock's file shows signs of life. */
export async function isAlive(
  holder: Holder | undefined,
  { file, own, me }: Taker & { readonly file: string },
): Promise<boolean> {
  if (holder === undefined) return false
  if (holder.boot !== me.boot && holder.host === me.host) return false
  if (holder.boot === me.boot && holder.pidSpace === me.pidSpace) {
    return me.started === '' ? exists(holder.pid) : (await startTime(holder.pid)) === holder.started
  }
  const [found, clock] = await Promise.all([file, own].map((name) => stat(name).catch(() => undefined)))
  return found !== undefined && (clock?.mtimeMs ?? Date.now()) - found.mtimeMs < SILENT
}

let self: Promise<Omit<Holder, 'nonce'>> | undefined

export function describeSelf(): Promise<Omit<Holder, 'nonce'>> {
  self ??= (async () => ({
    host: hostname(),
    pid: process.pid,
    started: await startTime(process.pid),
    boot: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim(),
    pidSpace: await readlink('/proc/self/ns/pid').catch(() => ''),
  }))()
  return self
}

/**
 * Field 22 of /proc/PID/stat (proc(5)): the start time in clock ticks since boot; empty when there is no process, or only what a
 * killed one leaves until its parent asks for it: the first process of a container often never does.
 */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [state = '', ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const isGone = DEAD.includes(state) && Number(fields[THREADS]) <= 1
  return isGone ? '' : (fields[START] ?? '')
}

const DEAD: readonly string[] = ['Z', 'X']
/** Fields 20 and 22, counted from the one after the state. A first thread that has ended is dead (Z) while others still run. */
const [THREADS, START] = [16, 18]

/** For systems without /proc. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}
