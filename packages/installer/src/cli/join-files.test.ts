import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeJoinFiles } from './join-files.ts'

let folder: string
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'edgelift-join-')), 'out')
})
afterEach(() => rm(path.dirname(folder), { recursive: true }))

it('writes a file for each edge that only root reads', async () => {
  const files = new Map([
    ['a.yaml', 'a'],
    ['b.yaml', 'b'],
  ])
  expect(await writeJoinFiles(folder, files, { overwrite: false })).toEqual([
    path.join(folder, 'a.yaml'),
    path.join(folder, 'b.yaml'),
  ])
  expect((await stat(path.join(folder, 'a.yaml'))).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

it('writes none when one exists, unless it may be replaced', async () => {
  await writeJoinFiles(folder, new Map([['b.yaml', 'old']]), { overwrite: false })
  const files = new Map([
    ['a.yaml', 'a'],
    ['b.yaml', 'b'],
  ])
  await expect(writeJoinFiles(folder, files, { overwrite: false })).rejects.toMatchObject({
    code: 'JOIN_FILES_EXIST',
  })
  expect(await readdir(folder)).toEqual(['b.yaml'])
  expect(await readFile(path.join(folder, 'b.yaml'), 'utf8')).toBe('old')
  await writeJoinFiles(folder, files, { overwrite: true })
  expect(await readFile(path.join(folder, 'b.yaml'), 'utf8')).toBe('b')
})

it('leaves nothing behind when one of them cannot be written', async () => {
  const files = new Map([
    ['a.yaml', 'a'],
    ['no/such/folder.yaml', 'b'],
  ])
  await expect(writeJoinFiles(folder, files, { overwrite: false })).rejects.toThrow()
  expect(await readdir(folder)).toEqual([])
})

it('removes what a run that was killed has left of the same files, and nothing else', async () => {
  await mkdir(folder)
  for (const name of ['.edgelift-a.yaml-0123456789ab', '.edgelift-other.yaml-0123456789ab'])
    await writeFile(path.join(folder, name), 'token')
  await writeJoinFiles(folder, new Map([['a.yaml', 'a']]), { overwrite: false })
  expect(await readdir(folder)).toEqual(['.edgelift-other.yaml-0123456789ab', 'a.yaml'])
})

it('replaces none when a directory has the name of one', async () => {
  await mkdir(path.join(folder, 'b.yaml'), { recursive: true })
  await writeFile(path.join(folder, 'a.yaml'), 'old')
  const files = new Map([
    ['a.yaml', 'new'],
    ['b.yaml', 'new'],
  ])
  await expect(writeJoinFiles(folder, files, { overwrite: true })).rejects.toMatchObject({
    code: 'FILE_NOT_REGULAR',
    what: { en: expect.stringContaining('b.yaml') },
  })
  expect(await readFile(path.join(folder, 'a.yaml'), 'utf8')).toBe('old')
})
