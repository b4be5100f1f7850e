import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clearWay, readOwn, removeOwn, writeOwn } from './own-file.ts'
import { takeLock } from './process-lock.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-own-'))
  file = path.join(folder, 'memo.json')
})
afterEach(() => rm(folder, { recursive: true }))

const strays: Readonly<Record<string, () => Promise<unknown>>> = {
  'an empty directory': () => mkdir(file),
  'a pipe': async () => execFileSync('mkfifo', [file]),
  'a link to nowhere': () => symlink('nowhere', file),
  'a link to itself': () => symlink('memo.json', file),
  'a link to a directory': () => symlink('.', file),
}

describe.each(Object.entries(strays))('%s in the place of an own file', (_name, lay) => {
  beforeEach(lay)

  it('reads as none, and is replaced', async () => {
    expect(await readOwn(file)).toBeUndefined()
    await writeOwn(file, 'text')
    expect((await readOwn(file))?.toString()).toBe('text')
    expect(await readdir(folder)).toEqual(['memo.json'])
  })

  it('is removed', async () => {
    await removeOwn(file)
    expect(await readdir(folder)).toEqual([])
  })

  it('is no lock', async () => {
    await (await takeLock(file))[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual([])
  })
})

it('a directory that holds something is refused by name, and kept', async () => {
  await mkdir(path.join(file, 'somebody'), { recursive: true })
  expect(await readOwn(file)).toBeUndefined()
  const refusal = { code: 'FILE_NOT_REGULAR', what: { en: expect.stringContaining(file) } }
  for (const work of [
    () => writeOwn(file, ''),
    () => removeOwn(file),
    () => clearWay(file),
    () => takeLock(file),
  ])
    await expect(work()).rejects.toMatchObject(refusal)
  expect(await readdir(file)).toEqual(['somebody'])
})

it('what a link leads to is not written to', async () => {
  await writeFile(path.join(folder, 'other'), 'kept')
  await symlink('other', file)
  expect((await readOwn(file))?.toString()).toBe('kept')
  await writeOwn(file, 'text')
  expect(await readFile(path.join(folder, 'other'), 'utf8')).toBe('kept')
})
