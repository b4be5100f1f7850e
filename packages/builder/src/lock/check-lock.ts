import { refused } from '../findings.ts'
import { differencesOf } from './changes.ts'
import { type CreatedLock, createLock, type LockOptions } from './create-lock.ts'
import { lockCommandFor, lockMissing, readAnyLock } from './lock-file.ts'

/**
 * The drift alarm of a CI job: makes a new lock and compares it with the existing one. Writes no lock.
 * @throws LOCK_DIFFERS with every difference; LOCK_MISSING, LOCK_INVALID, LOCK_EDITED; what {@link createLock} throws
 */
export async function checkLock(options: LockOptions & { readonly file: string }): Promise<CreatedLock> {
  const locked = await readAnyLock(options.file)
  if (locked === undefined) throw lockMissing(options.file)
  const created = await createLock({ ...options, previous: locked })
  const differences = differencesOf(locked, created.lock)
  if (differences.length === 0) return created
  throw refused('LOCK_DIFFERS', differences, {
    subject: options.file,
    outcome: { en: 'the lock is stale', zh: '锁定文件已过期' },
    fix: {
      en: `review these changes, then write the lock: ${lockCommandFor(options.file)}`,
      zh: `请先核对上述改动，再更新锁定文件：${lockCommandFor(options.file)}`,
    },
  })
}
