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

it('names the file in its place or on the way', async () => {
  const file = path.join(folder, 'file')
  await writeFile(file, '')
  for (const place of [file, path.join(file, 'x'), path.join(file, 'x', 'y')])
    await expect(makeFolder(place)).rejects.toMatchObject({ code: 'EEXIST', path: file })
})

it('ends below a folder in which nothing can be made', async () => {
  await expect(makeFolder('/proc/edgelift/out')).rejects.toMatchObject({ code: 'ENOENT' })
})
