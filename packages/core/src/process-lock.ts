import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { fail } from './codes.ts'
import { EdgeliftError, isErrno } from './errors.ts'
import { parseJson } from './json.ts'

/** Who holds a lock: a PID alone is reused; with its start time, its namespace and the boot it is unique. */
interface Holder {
  /** Of this one taking of the lock: no other lock ever has it. */
  readonly nonce: string
  /** Tells machines apart that share a folder over a network. */
  readonly host: string
  readonly pid: number
  readonly started: string
  readonly boot: string
  readonly pidSpace: string
}

const BEAT = 10_000 // ms between two signs of life
const SILENT = 60_000 // ms without one, after which a holder that cannot be looked up counts as dead
const PATIENCE = 10_000 // ms to wait for others who are clearing the same dead lock

/**
 * Takes the lock `file` for this call, so that only one in all processes of this machine holds it. It does not wait.
 * A lock whose holder has died (killed, power loss) is taken over. Release it with the returned function or `await using`.
 *
 * Taking is one `link()` of a file that is already written, so a lock is there whole or not at all. A dead lock is
 * removed only by whoever holds a second lock beside it, named after the dead one, and is looked at again under it:
 * nobody can remove a lock that somebody else has taken meanwhile. All of this lies in the lock's own folder, so that
 * only who may write there can take part, and containers or machines that share the folder exclude each other.
 * @throws LOCKED, naming the holder, when a living process has it
 */
export async function takeLock(file: string): Promise<AsyncDisposable> {
  await mkdir(path.dirname(file), { recursive: true })
  const own = `${file}.${randomBytes(8).toString('hex')}`
  const me = { ...(await describeSelf()), nonce: randomBytes(8).toString('hex') }
  await writeFile(own, JSON.stringify(me), { flag: 'wx', mode: 0o600 })
  try {
    const deadline = Date.now() + PATIENCE
    while (!(await linked(own, file))) {
      const holder = await holderOf(file)
      if (holder === 'gone') continue
      if (await isAlive(holder, { file, own, me })) throw locked(file, holder)
      if (await removeDead(file, { holder, own, me })) continue
      if (Date.now() > deadline) throw locked(file, holder)
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20))
    }
  } finally {
    await rm(own, { force: true })
  }
  return heldLock(file)
}

/** While it is held, its file's time shows processes of other containers, which cannot see ours, that we live. */
function heldLock(file: string): AsyncDisposable {
  const beat = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => {}) // a folder that has been removed meanwhile needs no sign of life
  }, BEAT)
  beat.unref()
  let held = true
  return {
    [Symbol.asyncDispose]: async () => {
      if (!held) return // a second release must not remove the lock of the next holder
      held = false
      clearInterval(beat)
      await rm(file, { force: true })
    },
  }
}

interface Taker {
  /** This call's own file, which was just written: the folder's clock. */
  readonly own: string
  readonly me: Holder
}

/** Removes the lock of a dead holder; false when somebody else is at it. */
async function removeDead(
  file: string,
  { holder, ...taker }: Taker & { readonly holder: Holder | undefined },
): Promise<boolean> {
  const guard = await guardOf(`${file}.${holder?.nonce || 'unreadable'}.heir`)
  if (guard === undefined) return false
  try {
    const now = await holderOf(file)
    const same = now !== 'gone' && now?.nonce === holder?.nonce
    if (same && !(await isAlive(now, { file, ...taker }))) await rm(file, { force: true })
    return true
  } finally {
    await guard[Symbol.asyncDispose]()
  }
}

/** A lock over the removal of another one; a guard whose owner has died is taken over in the same way. */
async function guardOf(file: string): Promise<AsyncDisposable | undefined> {
  try {
    return await takeLock(file)
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'LOCKED') return undefined
    throw error
  }
}

async function linked(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}

/** Undefined for a file that no process of ours has written whole: a power loss may leave it empty. */
async function holderOf(file: string): Promise<Holder | undefined | 'gone'> {
  try {
    const read = parseJson(await readFile(file, 'utf8')) as Partial<Holder> | null
    if (typeof read?.pid !== 'number' || typeof read.started !== 'string' || typeof read.boot !== 'string') {
      return undefined
    }
    const { pid, started, boot } = read
    const [nonce, host, pidSpace] = [read.nonce, read.host, read.pidSpace].map((text) => String(text ?? ''))
    return { pid, started, boot, nonce: safeName(nonce), host: host ?? '', pidSpace: pidSpace ?? '' }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'gone'
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** It becomes part of a file's name. */
function safeName(text = ''): string {
  return text.replace(/[^0-9a-zA-Z]/g, '').slice(0, 64)
}

/** Who cannot be looked up (another container, another machine) lives as long as the lock's file shows signs of life. */
async function isAlive(
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

function describeSelf(): Promise<Omit<Holder, 'nonce'>> {
  self ??= (async () => ({
    host: hostname(),
    pid: process.pid,
    started: await startTime(process.pid),
    boot: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim(),
    pidSpace: await readlink('/proc/self/ns/pid').catch(() => ''),
  }))()
  return self
}

/** Field 22 of /proc/PID/stat (proc(5)): the start time in clock ticks since boot; empty when there is no process. */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

/** For systems without /proc. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}

function locked(file: string, holder: Holder | undefined): Error {
  const who = holder === undefined ? '?' : String(holder.pid)
  return fail('LOCKED', {
    what: {
      en: `another edgelift process is running (PID ${who})`,
      zh: `另一个 edgelift 进程正在运行（PID ${who}）`,
    },
    because: { en: `it holds ${file}`, zh: `它持有 ${file}` },
    fix: { en: 'wait until it ends, or stop it; then try again', zh: '等待其结束或将其停止，然后重试' },
  })
}
