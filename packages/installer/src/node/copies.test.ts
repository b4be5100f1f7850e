import { execFileSync } from 'node:child_process'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  copyWhole,
  isThere,
  namesIn,
  namingTarget,
  removeEmpty,
  statOf,
  sweepBeside,
  sweepTree,
} from './copies.ts'

let folder: string
const at = (name: string) => path.join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-copies-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a copy', () => {
  it('has the content, the mode with its special bits, the owner and the time of its file', async () => {
    await writeFile(at('from'), 'content')
    if (process.getuid?.() === 0) await chown(at('from'), 12, 34)
    await chmod(at('from'), 0o4750)
    await utimes(at('from'), 1_000_000, 2_000_000)
    await writeFile(at('to'), 'what was there')
    await copyWhole(at('from'), at('to'))
    const of = async (name: string) => {
      const { mode, uid, gid, mtimeMs } = await stat(at(name))
      return [mode & 0o7777, uid, gid, mtimeMs, await readFile(at(name), 'utf8')]
    }
    expect(await of('to')).toEqual(await of('from'))
    expect((await of('to'))[0]).toBe(0o4750)
  })

  it('of a link is a link, wherever it leads', async () => {
    await symlink('nowhere/at/all', at('from'))
    await copyWhole(at('from'), at('to'))
    expect(await readlink(at('to'))).toBe('nowhere/at/all')
  })

  it.each([
    ['a directory', () => mkdir(at('from'))],
    ['a pipe', async () => execFileSync('mkfifo', [at('from')])],
  ])('is made of no %s: the error names it, and nothing is left', async (_what, lay) => {
    await lay()
    await expect(copyWhole(at('from'), at('to'))).rejects.toMatchObject({
      code: 'FILE_NOT_REGULAR',
      what: { en: expect.stringContaining(at('from')) },
    })
    expect(await readdir(folder)).toEqual(['from'])
  })

  it('that cannot take its place leaves nothing beside it, and names the place', async () => {
    await writeFile(at('from'), 'content')
    await mkdir(at('to'))
    await writeFile(at('to/theirs'), '')
    await expect(copyWhole(at('from'), at('to'))).rejects.toThrow(at('to'))
    expect((await readdir(folder)).toSorted()).toEqual(['from', 'to'])
  })
})

it.each([
  ['the temporary file', { path: '/x/tmp', message: 'EIO: /x/tmp' }, 'EIO: /x/file'],
  [
    'a full disk',
    { path: '/y/from', dest: '/x/tmp', code: 'ENOSPC', message: 'ENOSPC: /x/tmp' },
    'ENOSPC: /x/file',
  ],
  [
    'a link',
    { path: 'to', dest: '/x/tmp', syscall: 'symlink', code: 'EIO', message: 'EIO: /x/tmp' },
    'EIO: /x/file',
  ],
])('an error about %s names the file that people know', (_what, error, message) => {
  const thrown = Object.assign(new Error(error.message), error)
  expect(() => namingTarget('/x/file', '/x/tmp')(thrown)).toThrow(message)
  expect(thrown).toMatchObject({ path: '/x/file' })
})

it('an error about what is copied keeps its name', () => {
  const thrown = Object.assign(new Error('EACCES: /y/from'), {
    path: '/y/from',
    dest: '/x/tmp',
    code: 'EACCES',
  })
  expect(() => namingTarget('/x/file', '/x/tmp')(thrown)).toThrow('/y/from')
  expect(thrown.path).toBe('/y/from')
})

describe('what killed runs have left', () => {
  const LEFT = '.edgelift-a.conf-0123456789ab'
  const THEIRS = [
    '.edgelift-a.conf-0123456789AB',
    '.edgelift-a.conf-0123',
    'a.conf',
    'a.conf-wal',
    '.edgelift-b.conf-0123456789ab',
  ]

  it('goes from beside a file, and nothing else does', async () => {
    for (const name of [LEFT, `${LEFT}-wal`, `${LEFT}-shm`, ...THEIRS]) await writeFile(at(name), '')
    await sweepBeside(at('a.conf'))
    expect((await readdir(folder)).toSorted()).toEqual(THEIRS.toSorted())
  })

  it('goes from all of a folder of edgelift’s own, but not through a link out of it', async () => {
    for (const place of ['own/inner', 'elsewhere']) {
      await mkdir(at(place), { recursive: true })
      await writeFile(at(`${place}/${LEFT}`), '')
    }
    await writeFile(at(`own/${LEFT}`), '')
    await symlink(at('elsewhere'), at('own/link'))
    await sweepTree(at('own'))
    expect(await readdir(at('own/inner'))).toEqual([])
    expect((await readdir(at('own'))).toSorted()).toEqual(['inner', 'link'])
    expect(await readdir(at('elsewhere'))).toEqual([LEFT])
  })

  it('is nothing where there is no folder', async () => {
    await sweepTree(at('none'))
    await sweepBeside(at('none/file'))
  })
})

it('a link that leads nowhere is there; what lies below a file is not', async () => {
  await symlink('nowhere', at('link'))
  await writeFile(at('file'), '')
  expect([await isThere(at('link')), await isThere(at('file/below')), await isThere(at('none'))]).toEqual([
    ...[true, false, false],
  ])
  expect((await statOf(at('link')))?.isSymbolicLink()).toBe(true)
  expect([await namesIn(at('none')), await namesIn(at('file'))]).toEqual([undefined, undefined])
})

it('only a folder that holds nothing is removed', async () => {
  await mkdir(at('full/inner'), { recursive: true })
  expect([
    await removeEmpty(at('full')),
    await removeEmpty(at('none')),
    await removeEmpty(at('full/inner')),
  ]).toEqual([...[false, false, true]])
  expect(await readdir(folder)).toEqual(['full'])
})
