import { execFileSync } from 'node:child_process'
import { watch } from 'node:fs'
import { link, lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileAtomic } from './atomic-file.ts'
import { checkOutputFile, checkOutputFolder } from './output-place.ts'

let folder = ''
const at = (...names: string[]): string => path.join(folder, ...names)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-output-'))
  await mkdir(at('dir'))
  await writeFile(at('file'), 'text')
  await symlink('file', at('link'))
  execFileSync('mkfifo', [at('pipe')])
  await symlink('pipe', at('link-to-pipe'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('a file that is to be written', () => {
  it('may be new or a regular file, and nothing is changed by the look', async () => {
    const before = await readdir(folder)
    for (const name of ['new', 'file', 'link', 'dir/new']) await checkOutputFile(at(name))
    await checkOutputFile('/dev/shm/edgelift-output-test')
    expect(await readdir(folder)).toEqual(before)
  })

  it('is never tried under a name, which a killed process would leave behind', async () => {
    const shm = await mkdtemp('/dev/shm/edgelift-output-')
    const seen: unknown[] = []
    const watcher = watch(shm, (_event, name) => seen.push(name))
    try {
      await checkOutputFile(path.join(shm, 'new'))
      await checkOutputFolder(path.join(shm, 'folder'))
      await writeFile(path.join(shm, 'last'), '')
      await expect.poll(() => seen).toContain('last')
      expect(new Set(seen)).toEqual(new Set(['last']))
    } finally {
      watcher.close()
      await rm(shm, { recursive: true })
    }
  })

  it.each<[string, string]>([
    ['dir', 'FILE_NOT_REGULAR'],
    ['dir/', 'FILE_NOT_REGULAR'],
    ['dir/.', 'FILE_NOT_REGULAR'],
    ['new/', 'FILE_NOT_REGULAR'],
    ['pipe', 'FILE_NOT_REGULAR'],
    ['link-to-pipe', 'FILE_NOT_REGULAR'],
    ['file/new', 'ENOTDIR'],
    ['nowhere/new', 'ENOENT'],
    ['n'.repeat(300), 'ENAMETOOLONG'],
  ])('is refused: %s', async (name, code) => {
    await expect(checkOutputFile(`${folder}/${name}`)).rejects.toMatchObject({ code })
  })

  it.each(['/dev/null', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('is not %s', async (file) => {
    await expect(checkOutputFile(file)).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  })

  it('is refused for what lies beside it', async () => {
    await mkdir(at('new.sha256'))
    await expect(checkOutputFile(at('new'), { beside: ['.sha256'] })).rejects.toMatchObject({
      code: 'FILE_NOT_REGULAR',
    })
    const long = at('n'.repeat(250))
    await checkOutputFile(long)
    await expect(checkOutputFile(long, { beside: ['.sha256'] })).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    })
  })

  it('is no file system that only shows what the kernel says, also for root', async () => {
    await expect(checkOutputFile('/proc/sys/report.html')).rejects.toMatchObject({
      path: '/proc/sys/report.html',
    })
  })

  it('is none of the inputs, by whatever name, and not in a directory that is read', async () => {
    await link(at('file'), at('other-name'))
    for (const name of ['file', 'link', 'other-name'])
      await expect(checkOutputFile(at(name), { inputs: [at('file')] })).rejects.toMatchObject({
        code: 'OUTPUT_IS_INPUT',
      })
    await expect(checkOutputFile(at('dir', 'new'), { inputs: [at('dir')] })).rejects.toMatchObject({
      code: 'OUTPUT_IS_INPUT',
    })
    await checkOutputFile(at('new'), { inputs: [at('file'), at('nowhere'), at('dir'), undefined] })
  })
})

it('a folder is refused when it cannot be made, and not made', async () => {
  await checkOutputFolder(at('dir'))
  await checkOutputFolder(at('one', 'two'))
  for (const name of ['file', 'file/below/it', 'pipe'])
    await expect(checkOutputFolder(at(name))).rejects.toMatchObject({
      code: 'ENOTDIR',
      path: at(name.split('/', 1)[0] ?? ''),
    })
  await expect(checkOutputFolder('/proc/sys/out')).rejects.toMatchObject({ path: '/proc/sys/out' })
  expect(await readdir(folder)).not.toContain('one')
})

it('nothing is ever written in the place of a pipe', async () => {
  for (const name of ['pipe', 'link-to-pipe'])
    await expect(writeFileAtomic(at(name), '')).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  expect((await lstat(at('pipe'))).isFIFO()).toBe(true)
})
