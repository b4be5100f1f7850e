import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder } from './make-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-make-folder-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('makes a folder with those above it, and is content when it is there', async () => {
  const deep = path.join(folder, 'a', 'b', 'c')
  await Promise.all([makeFolder(deep), makeFolder(deep)])
  await makeFolder(deep)
  expect((await stat(deep)).isDirectory()).toBe(true)
})

it('says so where there is a file in its place or on the way', async () => {
  await writeFile(path.join(folder, 'file'), '')
  await expect(makeFolder(path.join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeFolder(path.join(folder, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})

it('ends below a folder in which nothing can be made', async () => {
  await expect(makeFolder('/proc/edgelift/out')).rejects.toMatchObject({ code: 'ENOENT' })
})
