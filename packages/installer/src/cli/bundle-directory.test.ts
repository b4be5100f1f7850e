import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openBundleDirectory } from './bundle-directory.ts'
import { roleOfBundle } from './role-of-bundle.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'edgelift-directory-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it.each([
  ['a pipe that nobody writes to', async (file: string) => execFileSync('mkfifo', [file])],
  ['an endless device', (file: string) => symlink('/dev/zero', file)],
  ['a folder', (file: string) => mkdir(file)],
])('tells at once that the manifest is no file but %s', async (_, lay) => {
  await lay(path.join(directory, 'manifest.json'))
  const env = { EDGELIFT_DIRECTORY: directory }
  await expect(openBundleDirectory(env)).rejects.toMatchObject({ exit: 4 })
  expect(await roleOfBundle(env)).toBeUndefined()
})

it('tells a directory without an archive from a damaged one', async () => {
  await expect(openBundleDirectory({ EDGELIFT_DIRECTORY: directory })).rejects.toMatchObject({
    code: 'NOT_A_BUNDLE',
  })
})
