import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { archiveWriter } from './archive-writer.ts'

it('leaves nothing behind when it is given up', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-writer-'))
  const writer = await archiveWriter({ out: path.join(folder, 'b.tar.gz'), top: 'b' })
  await writer.file({ path: 'x', mode: '0644', size: 1, compress: true }, [Buffer.from('x')])
  await writer.abort()
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})
