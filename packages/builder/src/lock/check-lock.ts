import { refused } from '../findings.ts'
import { differencesOf } from './changes.ts'
import { type CreatedLock, createLock, type LockOptions } from './create-lock.ts'
import { lockMissing, readAnyLock } from './lock-file.ts'

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
      en: 'look at what upstream has changed, then write the lock with: edgelift lock RELEASE',
      zh: '请先确认上游的改动，再用 edgelift lock RELEASE 更新锁定文件',
    },
  })
}
