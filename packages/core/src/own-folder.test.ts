import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { ownFolder } from './own-folder.ts'

it('is made, or that of an earlier run, and nothing that another user can lead elsewhere', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-own-'))
  const at = (name: string): string => path.join(folder, name)
  await ownFolder(at('new'))
  await ownFolder(at('new'))
  await symlink('new', at('link'))
  await symlink('nowhere', at('dangling'))
  await writeFile(at('file'), '')
  await mkdir(at('open'))
  await chmod(at('open'), 0o777)
  for (const name of ['link', 'dangling', 'file', 'open'])
    await expect(ownFolder(at(name)), name).rejects.toMatchObject({ code: 'FOLDER_UNSAFE' })
  await rm(folder, { recursive: true })
})
