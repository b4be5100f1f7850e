import { randomBytes } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { takeLock, tryLock } from '@edgelift/core'
import { gone } from './store-files.ts'

/** The store's folder of these marks, each of which is a lock. */
export const USERS = 'users'

/** Marks this process as one that uses the store, until it is disposed or the process ends. */
export async function markInUse(root: string): Promise<AsyncDisposable> {
  await mkdir(path.join(root, USERS), { recursive: true })
  return takeLock(path.join(root, USERS, `${Date.now()}-${randomBytes(8).toString('hex')}`))
}

/** Since when the oldest living process has been using the store (milliseconds since the epoch); undefined without one. */
export async function inUseSince(root: string): Promise<number | undefined> {
  const folder = path.join(root, USERS)
  const living: number[] = []
  for (const name of (await readdir(folder).catch(gone)) ?? []) {
    const started = /^(\d+)-[0-9a-f]{16}$/.exec(name)?.[1]
    if (started !== undefined && (await isHeld(path.join(folder, name)))) living.push(Number(started))
  }
  return living.length === 0 ? undefined : Math.min(...living)
}

/** A mark whose process has died goes when its lock is taken over and released. */
async function isHeld(file: string): Promise<boolean> {
  const lock = await tryLock(file)
  await lock?.[Symbol.asyncDispose]()
  return lock === undefined
}
