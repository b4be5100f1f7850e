import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Release } from '../release/schema.ts'
import { changesSince, differencesOf } from './changes.ts'
import { previousLock, readLock, readLockText, writeLock } from './lock-file.ts'
import type { Lock, LockedDownload } from './schema.ts'
import { releaseDigest, sealOf } from './seal.ts'

const release = Release.parse({
  format: 'edgelift/release/v1',
  name: 'x',
  version: '1',
  versions: { a: '1', b: '2' },
  archives: { edge: 'e' },
})
const digest = (digit: string): Lock['seal'] => `sha256:${digit.repeat(64)}` as Lock['seal']

function download(changes: Partial<LockedDownload> = {}): LockedDownload {
  return {
    name: 'files.a',
    roles: ['edge'],
    platforms: ['linux/amd64'],
    url: 'https://f.example/a',
    digest: digest('a'),
    size: 1,
    trust: 'upstream-checksum',
    parts: [],
    neededBy: [],
    ...changes,
  }
}

function lockOf(downloads: LockedDownload[]): Lock {
  const lock = {
    format: 'edgelift/lock/v1' as const,
    release: { name: 'x', version: '1', digest: releaseDigest(release) },
    downloads,
    images: [],
  }
  return { ...lock, seal: sealOf(lock) }
}

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lock-'))
  file = path.join(folder, 'x.lock.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: { code: string }) => error.code,
  )

describe('a lock file', () => {
  it('is read as it was written, whatever the order of the release’s keys', async () => {
    await writeLock(file, lockOf([download()]))
    const turned = Release.parse({ ...release, versions: { b: '2', a: '1' } })
    expect(await readLock(file, turned)).toEqual(lockOf([download()]))
  })

  it('is refused when it is not there, no lock, cut, edited, foreign or stale', async () => {
    await expect(
      readLock(file, release),
      'no such release file: one that edgelift carries',
    ).rejects.toMatchObject({
      code: 'LOCK_MISSING',
      fix: { en: 'run: edgelift lock x' },
    })
    await writeFile(path.join(folder, 'x.yaml'), '')
    await expect(readLock(file, release)).rejects.toMatchObject({
      code: 'LOCK_MISSING',
      fix: { en: `run: edgelift lock ${file.slice(0, -'.lock.json'.length)}.yaml` },
    })
    await writeFile(file, '{"format":"something"}')
    expect(await codeOf(readLock(file, release))).toBe('LOCK_INVALID')
    await writeLock(file, lockOf([download()]))
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.slice(0, 100))
    expect(await codeOf(readLock(file, release))).toBe('LOCK_INVALID')
    await writeFile(file, text.replace(digest('a'), digest('b')))
    expect(await codeOf(readLock(file, release))).toBe('LOCK_EDITED')
    expect(await previousLock(file)).toBeUndefined()
    await writeFile(file, text)
    expect(await previousLock(file)).toEqual(lockOf([download()]))
    expect(await codeOf(readLock(file, { ...release, name: 'y' }))).toBe('LOCK_FOREIGN')
    expect(await codeOf(readLock(file, { ...release, versions: { a: '2' } }))).toBe('LOCK_STALE')
    expect(await codeOf(readLock(file, release))).toBe('none')
  })

  it('is read with a byte order mark and the line ends of Windows', async () => {
    await writeLock(file, lockOf([download()]))
    const text = await readFile(file, 'utf8')
    await writeFile(file, `\uFEFF${text.replaceAll('\n', '\r\n')}`)
    expect(await readLock(file, release)).toEqual(lockOf([download()]))
  })

  it.each([
    ['<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n', 'it holds the markers of a merge', '合并冲突'],
    ['{', 'it is not JSON: ', '不是 JSON：'],
    ['null', 'must be an object, but it is null', '应为对象，实际为 null'],
    ['{"images":[{"platform":"linux/arm"}]}', 'format: is missing', 'format：缺失'],
  ])('says in both languages why it cannot be read: %j', async (text, en, zh) => {
    await writeFile(file, text)
    await expect(readLock(file, release)).rejects.toMatchObject({
      code: 'LOCK_INVALID',
      because: { en: expect.stringContaining(en), zh: expect.stringContaining(zh) },
    })
  })
})

it.each<[string, object, string]>([
  ['a digest', { digest: 'md5:0' }, 'downloads.0.digest：应为 sha256 摘要'],
  ['a type', { url: 7 }, 'downloads.0.url：应为文本，实际为数字'],
  ['a word', { roles: ['x'] }, 'downloads.0.roles.0：应为 "cloud"、"edge" 之一'],
  ['a key', { x: 1 }, 'downloads.0：未知的键 "x"'],
])('says in Chinese words where another hand has changed a lock: %s', (_, change, zh) => {
  const lock = lockOf([{ ...download(), ...change } as LockedDownload])
  expect(() => readLockText(JSON.stringify(lock), 'x.lock.json')).toThrow(
    expect.objectContaining({ code: 'LOCK_INVALID', because: expect.objectContaining({ zh }) }),
  )
})

describe('what has changed', () => {
  it('names new content under an old name, and what is trusted at first use', () => {
    const before = lockOf([
      download(),
      download({ name: 'files.b', trust: 'first-use', digest: digest('c') }),
    ])
    const now = lockOf([
      download({ digest: digest('b') }),
      download({ name: 'files.b', trust: 'first-use', digest: digest('c') }),
    ])
    expect(changesSince(before, now).map(({ code, where }) => `${code} ${where}`)).toEqual([
      'CHANGED files.a',
    ])
    expect(changesSince(undefined, now).map(({ code, where }) => `${code} ${where}`)).toEqual([
      'FIRST_USE files.b',
    ])
  })

  it('compares what is taken out where the tarball itself is regenerated', () => {
    const part = { path: 'c.tgz', member: 'c/', mode: '0644' as const, digest: digest('d'), size: 1 }
    const { digest: _, size: __, ...generated } = download({ trust: 'first-use', parts: [part] })
    const other = { ...generated, parts: [{ ...part, digest: digest('e') }] }
    expect(changesSince(lockOf([generated]), lockOf([generated]))).toEqual([])
    expect(changesSince(lockOf([generated]), lockOf([other])).map(({ code }) => code)).toContain('CHANGED')
  })

  it('lists every difference of two locks', () => {
    const found = differencesOf(
      lockOf([download(), download({ name: 'files.gone' })]),
      lockOf([download({ digest: digest('b') }), download({ name: 'files.new' })]),
    )
    expect(found.map(({ where }) => where)).toEqual(['files.a', 'files.gone', 'files.new'])
    expect(found[0]?.text.en).toContain(digest('b'))
    expect(differencesOf(lockOf([download()]), lockOf([download()]))).toEqual([])
    expect(differencesOf(lockOf([download()]), lockOf([download({ license: 'MIT' })]))).toHaveLength(1)
  })
})
