import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { writeFileAtomic } from './atomic-file.ts'

it('names the file that cannot be written, not the temporary one beside it', async () => {
  await expect(writeFileAtomic('/nowhere/at-all/report.html', '')).rejects.toMatchObject({
    code: 'ENOENT',
    path: '/nowhere/at-all/report.html',
    message: expect.stringContaining("'/nowhere/at-all/report.html'"),
  })
})

it('names it, and leaves nothing, where a directory has its name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-atomic-'))
  const file = path.join(folder, 'report.html')
  await mkdir(file)
  await expect(writeFileAtomic(file, '')).rejects.toMatchObject({ code: 'EISDIR', path: file })
  expect(await readdir(folder)).toEqual(['report.html'])
  await rm(folder, { recursive: true })
})
