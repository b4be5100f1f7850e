import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { namingFile } from './atomic-file.ts'
import { fail } from './codes.ts'
import { EdgeliftError, isErrno } from './errors.ts'
import { namingPath } from './file-errors.ts'
import { describeSelf, type Holder, holderOf, isAlive, SILENT, type Taker } from './lock-holder.ts'
import { removeOwn } from './own-file.ts'

const BEAT = 10_000 // ms between two signs of life
const PATIENCE = 10_000 // ms to wait for others who are clearing the same dead lock

/**
 * Takes the lock `file` for this call, so that only one in all processes of this machine holds it. It does not wait.
 * A lock whose holder has died (killed, power loss) is taken over. Release it with the returned function or `await using`.
 *
 * Taking is one `link()` of a file that is already written, so a lock is there whole or not at all. A dead lock is
 * removed only by whoever holds a second lock beside it, named after the dead one, and is looked at again under it:
 * nobody can remove a lock that somebody else has taken meanwhile. All of this lies in the lock's own folder, so that
 * only who may write there can take part, and containers or machines that share the folder exclude each other.
 * @throws LOCKED, naming the holder, when a living process has it; FILE_NOT_REGULAR for a directory that holds something
 */
export async function takeLock(file: string): Promise<AsyncDisposable> {
  await mkdir(path.dirname(file), { recursive: true })
  const own = `${file}.${randomBytes(8).toString('hex')}`
  const me = { ...(await describeSelf()), nonce: randomBytes(8).toString('hex') }
  await writeFile(own, JSON.stringify(me), { flag: 'wx', mode: 0o600 }).catch(async (error: unknown) => {
    await rm(own, { force: true }).catch(() => {})
    return naming(file, own)(error)
  })
  try {
    const deadline = performance.now() + PATIENCE
    while (!(await linked(own, file))) {
      const holder = await holderOf(file)
      if (holder === 'gone') continue
      if (await isAlive(holder, { file, own, me })) throw locked(file, holder)
      if (await removeDead(file, { holder, own, me })) continue
      if (performance.now() > deadline) throw locked(file, holder)
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20))
    }
  } finally {
    await rm(own, { force: true })
  }
  return heldLock(file)
}

/** For `catch`: the error names the lock, which people know, instead of the file beside it. */
function naming(file: string, own: string): (error: unknown) => never {
  return (error) => {
    if ((error as NodeJS.ErrnoException).path === own) namingFile(file, own)(error as NodeJS.ErrnoException)
    return namingPath(file)(error)
  }
}

/** As {@link takeLock}; undefined while a living process has it. */
export async function tryLock(file: string): Promise<AsyncDisposable | undefined> {
  try {
    return await takeLock(file)
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'LOCKED') return undefined
    throw error
  }
}

/**
 * Removes what killed takers of the lock `file` have left beside it; to be called while the lock is held.
 * Who lists a lock's folder calls this; taking a lock alone must not cost a look through a large folder.
 */
export async function clearLock(file: string): Promise<void> {
  const folder = path.dirname(file)
  const me = { ...(await describeSelf()), nonce: '' }
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${path.basename(file)}.`)) continue
    const left = path.join(folder, name)
    const holder = await holderOf(left)
    if (holder === 'gone') continue
    const isDead =
      holder === undefined ? await isOld(left) : !(await isAlive(holder, { file: left, own: file, me }))
    if (isDead) await removeOwn(left)
  }
}

/** A file that says nothing may be one that is being written. */
async function isOld(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > SILENT
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

/** Removes the lock of a dead holder; false when somebody else is at it. */
async function removeDead(
  file: string,
  { holder, ...taker }: Taker & { readonly holder: Holder | undefined },
): Promise<boolean> {
  // A lock over the removal of another one; a guard whose owner has died is taken over in the same way.
  const guard = await tryLock(`${file}.${holder?.nonce || 'unreadable'}.heir`)
  if (guard === undefined) return false
  try {
    const now = await holderOf(file)
    const same = now !== 'gone' && now?.nonce === holder?.nonce
    if (same && !(await isAlive(now, { file, ...taker }))) await removeOwn(file)
    return true
  } finally {
    await guard[Symbol.asyncDispose]()
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
