import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  EdgeliftError,
  isErrno,
  readNamedText,
  schemaIssueText,
  sweepAbandoned,
  type Text,
  writeFileAtomic,
} from '@edgelift/core'
import { fail } from '../codes.ts'
import type { Release } from '../release/schema.ts'
import { Lock } from './schema.ts'
import { releaseDigest, sealOf } from './seal.ts'

/**
 * Reads a lock that belongs to `release` and is as `lock` wrote it.
 * @throws LOCK_MISSING, LOCK_INVALID, LOCK_EDITED, LOCK_FOREIGN (of another release), LOCK_STALE (the release has
 *   changed since)
 */
export async function readLock(file: string, release: Release): Promise<Lock> {
  const lock = await readAnyLock(file)
  if (lock === undefined) throw lockMissing(file)
  const { name, version, digest } = lock.release
  if (name !== release.name || version !== release.version) throw foreign(file, lock, release)
  if (digest !== releaseDigest(release)) throw stale(file)
  return lock
}

/**
 * Reads a lock of whatever release; undefined when there is none.
 * @throws LOCK_INVALID, LOCK_EDITED
 */
export async function readAnyLock(file: string): Promise<Lock | undefined> {
  const text = await readNamedText(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  return text === undefined ? undefined : readLockText(text, file)
}

/** @throws LOCK_INVALID, LOCK_EDITED */
export function readLockText(text: string, file: string): Lock {
  const json = jsonOf(text, file)
  const parsed = Lock.safeParse(json)
  if (!parsed.success) throw invalid(file, schemaIssueText(parsed.error.issues[0], json))
  if (parsed.data.seal !== sealOf(parsed.data)) throw edited(file)
  return parsed.data
}

/**
 * The lock that a new one will replace, for what it knows. One that cannot be used (edited, cut, of another format)
 * is as good as none: that is what locking again mends.
 */
export async function previousLock(file: string): Promise<Lock | undefined> {
  try {
    return await readAnyLock(file)
  } catch (error) {
    if (error instanceof EdgeliftError && (error.code === 'LOCK_EDITED' || error.code === 'LOCK_INVALID'))
      return undefined
    throw error
  }
}

/** Writes a lock as JSON of one value a line, so that a diff shows what has changed. */
export async function writeLock(file: string, lock: Lock): Promise<void> {
  await sweepAbandoned(file)
  await writeFileAtomic(file, formatLock(lock))
}

export function formatLock(lock: Lock): string {
  return `${JSON.stringify(lock, null, 2)}\n`
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw invalid(file, /^(<{7}|={7}|>{7})( |$)/m.test(text) ? CONFLICT : notJson(error as Error), error)
  }
}

/** The command that writes this lock, as it is typed. A lock lies beside its release, under the release's name. */
export function lockCommandFor(file: string): string {
  const beside = file.replace(/\.lock\.json$/, '')
  const release = ['.yaml', '.yml', '.json', '']
    .map((ending) => beside + ending)
    .find((one) => existsSync(one))
  // A release that edgelift carries has no file: its name says where it is, a path does not.
  return `edgelift lock ${release ?? path.basename(beside)}`
}

function lockAgain(file: string): Text {
  const command = lockCommandFor(file)
  return { en: `run: ${command}`, zh: `请执行：${command}` }
}

export function lockMissing(file: string): Error {
  return fail('LOCK_MISSING', {
    what: { en: `${file} is not there`, zh: `${file} 不存在` },
    because: { en: 'archives are built only from a lock', zh: '离线包只能依据锁定文件构建' },
    fix: lockAgain(file),
  })
}

const CONFLICT: Text = {
  en: 'it holds the markers of a merge that git left unresolved',
  zh: '文件中有 git 合并冲突标记',
}

function notJson({ message }: Error): Text {
  return { en: `it is not JSON: ${message}`, zh: `不是 JSON：${message}` }
}

function invalid(file: string, because: Text, cause?: unknown): Error {
  return fail(
    'LOCK_INVALID',
    {
      what: {
        en: `${file} is not a lock file of this edgelift`,
        zh: `${file} 不是本版本 edgelift 的锁定文件`,
      },
      because,
      fix: lockAgain(file),
    },
    { cause },
  )
}

function edited(file: string): Error {
  return fail('LOCK_EDITED', {
    what: { en: `${file} is not as edgelift wrote it`, zh: `${file} 与 edgelift 写入时不一致` },
    because: {
      en: 'its seal does not fit its content: it was edited by hand, or merged by git',
      zh: '锁定文件校验失败：文件被手动修改或被 git 合并过',
    },
    fix: {
      en: `change the release, then ${lockAgain(file).en}`,
      zh: `请修改发布清单，再重新生成锁定文件。${lockAgain(file).zh}`,
    },
  })
}

function foreign(file: string, lock: Lock, release: Release): Error {
  return fail('LOCK_FOREIGN', {
    what: {
      en: `${file} is the lock of ${lock.release.name} ${lock.release.version}, not of ${release.name} ${release.version}`,
      zh: `${file} 是 ${lock.release.name} ${lock.release.version} 的锁定文件，而不是 ${release.name} ${release.version} 的`,
    },
    fix: lockAgain(file),
  })
}

function stale(file: string): Error {
  return fail('LOCK_STALE', {
    what: { en: `${file} is older than its release`, zh: `${file} 已过期` },
    because: {
      en: 'the release, or one that it extends, has changed since it was locked',
      zh: '锁定之后，发布清单或其 extends 的清单有改动',
    },
    fix: lockAgain(file),
  })
}
