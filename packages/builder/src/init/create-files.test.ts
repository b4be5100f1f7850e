import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFiles } from './create-files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-create-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

it('names the file that a full disk does not take, and leaves none behind', async () => {
  const probe = await open(path.join(folder, 'probe'), 'w')
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    ...{ code: 'ENOSPC', errno: -28, syscall: 'write' },
  })
  vi.spyOn(Object.getPrototypeOf(probe), 'writeFile').mockRejectedValue(full)
  await probe.close()
  await rm(path.join(folder, 'probe'))
  const file = path.join(folder, 'site.yaml')
  await expect(createFiles([{ file, text: 'name: site' }])).rejects.toMatchObject({
    code: 'ENOSPC',
    path: file,
  })
  expect(await readdir(folder)).toEqual([])
})
