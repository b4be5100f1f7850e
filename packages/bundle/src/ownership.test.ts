import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderProblems, ownerOf, unsafeBecause } from './ownership.ts'

describe('unsafeBecause', () => {
  it.each([
    ['the owner, as packed', 1000, 0o100644, 0o755, undefined],
    ['root, whoever unpacked it', 0, 0o100755, 0o755, undefined],
    ['fewer bits, as an umask leaves it', 1000, 0o100600, 0o644, undefined],
    ['no bit at all', 1000, 0o100000, 0o644, undefined],
    [
      'somebody else',
      33,
      0o100644,
      0o755,
      { en: 'it belongs to user 33, the directory to user 1000', zh: '属主为用户 33，而目录属主为用户 1000' },
    ],
    [
      'a group that writes',
      1000,
      0o100664,
      0o755,
      { en: 'its mode is 0664, more than 0755', zh: '权限为 0664，超出 0755' },
    ],
    ['setuid', 0, 0o104755, 0o755, { en: 'its mode is 4755, more than 0755', zh: '权限为 4755，超出 0755' }],
    [
      'the sticky bit',
      1000,
      0o041755,
      0o2755,
      { en: 'its mode is 1755, more than 2755', zh: '权限为 1755，超出 2755' },
    ],
    ['an inherited setgid', 1000, 0o042755, 0o2755, undefined],
  ])('%s', (_what, uid, mode, most, expected) => {
    expect(unsafeBecause({ uid, mode, nlink: 1 }, 1000, most)).toEqual(expected)
  })

  it('a file with a second name, but no folder, whose own folders are names of it', () => {
    const names = { uid: 1000, nlink: 2 }
    expect(unsafeBecause({ ...names, mode: 0o100644 }, 1000, 0o755)).toEqual({
      en: 'it has a second name (hard link)',
      zh: '存在硬链接',
    })
    expect(unsafeBecause({ ...names, mode: 0o040755 }, 1000, 0o2755)).toBeUndefined()
  })
})

describe('folderProblems', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'edgelift-owner-'))
    await mkdir(path.join(directory, 'images/deep'), { recursive: true })
    await mkdir(path.join(directory, 'bin'))
    for (const folder of ['images', 'images/deep', 'bin']) await chmod(path.join(directory, folder), 0o755)
  })
  afterEach(() => rm(directory, { recursive: true }))

  const problems = async (folders: string[], listed: string[]): Promise<string[]> =>
    (
      await folderProblems(directory, { folders, listed: new Set(listed), owner: await ownerOf(directory) })
    ).map(({ message }) => message)

  it('accepts the folders of listed files, those above them too', async () => {
    expect(await problems(['images', 'images/deep'], ['images/deep/a.tar'])).toEqual([])
  })

  it('names a folder in which nothing was packed, a file of the same name or not', async () => {
    expect(await problems(['bin', 'images'], ['images/a.tar', 'bin'])).toEqual([
      'FILE_FOREIGN: bin/: not a part of this archive',
    ])
  })

  it('names a folder that others can change, and not its sticky bit alone', async () => {
    await chmod(path.join(directory, 'images'), 0o777)
    await chmod(path.join(directory, 'images/deep'), 0o2755)
    expect(await problems(['images', 'images/deep'], ['images/deep/a.tar'])).toEqual([
      'FILE_DAMAGED: images: not as unpacking leaves it',
    ])
  })

  it('takes who unpacked the directory for its owner', async () => {
    expect(await ownerOf(directory)).toBe((await stat(directory)).uid)
  })
})
