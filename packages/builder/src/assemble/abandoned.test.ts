import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { removeAbandoned } from './abandoned.ts'

it('removes old temporary files of this archive and nothing else', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-abandoned-'))
  try {
    for (const name of [
      '.edgelift-a.tar.gz-0011',
      '.edgelift-a.tar.gz-2233',
      '.edgelift-b.tar.gz-0011',
      'a.tar.gz',
    ]) {
      await writeFile(path.join(folder, name), '')
      await utimes(path.join(folder, name), new Date(0), new Date(0))
    }
    await utimes(path.join(folder, '.edgelift-a.tar.gz-2233'), new Date(), new Date())
    await removeAbandoned(folder, 'a.tar.gz')
    expect((await readdir(folder)).sort()).toEqual([
      '.edgelift-a.tar.gz-2233',
      '.edgelift-b.tar.gz-0011',
      'a.tar.gz',
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
