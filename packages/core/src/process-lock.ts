import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { temporaryBeside } from './atomic-file.ts'
import { fail } from './codes.ts'
import { isErrno } from './errors.ts'

/** Who holds a lock: a process number alone is reused, with its start time and the boot it is unique. */
interface Holder {
  readonly pid: number
  readonly started: string
  readonly boot: string
}

/**
 * Takes the lock `file` for this process, so that only one holds it on this machine. A lock whose holder has
 * died (killed, power loss) is taken over. Release it with the returned function or `await using`.
 * @throws LOCKED, naming the holder, when a living process has it
 */
export async function takeLock(file: string): Promise<AsyncDisposable> {
  await mkdir(path.dirname(file), { recursive: true })
  const me: Holder = { pid: process.pid, started: await startTime(process.pid), boot: await bootId() }
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await create(file, JSON.stringify(me)))
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
    const holder = await holderOf(file)
    if (holder !== undefined && (await isAlive(holder))) throw locked(file, holder)
    await setAside(file)
  }
  throw locked(file, undefined)
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(content)
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}

/** Undefined when the file is gone, or when it has stood there unreadable for longer than writing it takes. */
async function holderOf(file: string): Promise<Holder | undefined> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      const holder = JSON.parse(await readFile(file, 'utf8')) as Partial<Holder>
      if (
        typeof holder.pid === 'number' &&
        typeof holder.started === 'string' &&
        typeof holder.boot === 'string'
      ) {
        return { pid: holder.pid, started: holder.started, boot: holder.boot }
      }
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined
      if (!(error instanceof SyntaxError)) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return undefined
}

/** Two processes may find the same dead lock: the rename lets one of them remove it, the other one tries again. */
async function setAside(file: string): Promise<void> {
  const before = await stat(file).catch(() => undefined)
  if (before === undefined) return
  const aside = temporaryBeside(file)
  try {
    await rename(file, aside)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return
    throw error
  }
  await rm(aside, { force: true })
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.boot !== (await bootId())) return false
  return holder.started !== '' && (await startTime(holder.pid)) === holder.started
}

/** Field 22 of /proc/PID/stat (proc(5)): the start time in clock ticks since boot; empty when there is no process. */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
}

function locked(file: string, holder: Holder | undefined): Error {
  const who = holder === undefined ? '?' : String(holder.pid)
  return fail('LOCKED', {
    what: {
      en: `another edgelift (process ${who}) is at work`,
      zh: `另一个 edgelift（进程 ${who}）正在运行`,
    },
    because: { en: `it holds ${file}`, zh: `它持有 ${file}` },
    cure: { en: 'wait until it has ended, or stop it, and try again', zh: '请等待其结束或将其停止后重试' },
  })
}
