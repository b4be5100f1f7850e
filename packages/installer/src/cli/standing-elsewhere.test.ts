import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { standingElsewhere } from './standing-elsewhere.ts'

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'edgelift-standing-')))
  await mkdir(path.join(folder, 'archive'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const from = (place: string, directory?: string) => {
  vi.spyOn(process, 'cwd').mockReturnValue(path.join(folder, place))
  return standingElsewhere(directory === undefined ? {} : { EDGELIFT_DIRECTORY: directory })
}

it('names the archive’s directory to whom stands in another one', async () => {
  const archive = path.join(folder, 'archive')
  expect(from('.', archive)).toBe(archive)
  expect(from('archive', archive)).toBeUndefined()
  await symlink('archive', path.join(folder, 'link'))
  expect(from('link', archive)).toBeUndefined()
  expect(from('deleted', archive)).toBe(archive)
})

it('names none that no launcher has named', () => {
  expect(from('.')).toBeUndefined()
  expect(from('archive', '.')).toBeUndefined()
})
