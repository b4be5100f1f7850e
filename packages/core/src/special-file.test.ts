import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refuseSpecial } from './special-file.ts'

let folder: string
const at = (name: string): string => path.join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-special-'))
  await writeFile(at('file'), '')
  execFileSync('mkfifo', [at('pipe')])
  await mkdir(at('folder'))
  await symlink('/dev/null', at('to-device'))
  await symlink('pipe', at('to-pipe'))
  await symlink('file', at('to-file'))
  await symlink('gone', at('to-nowhere'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('refuseSpecial', () => {
  it.each(['pipe', 'to-pipe', 'to-device'])('refuses what a file would replace: %s', async (name) => {
    await expect(refuseSpecial(at(name))).rejects.toMatchObject({
      code: 'FILE_NOT_REGULAR',
      because: { en: expect.stringMatching(/^it is a pipe, /), zh: expect.stringMatching(/^它是管道、/) },
      what: { en: `cannot write to ${at(name)}`, zh: `无法写入 ${at(name)}` },
      fix: { en: 'name a regular file', zh: '请指定普通文件' },
    })
  })

  it.each(['/dev/null', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('refuses %s', async (file) => {
    await expect(refuseSpecial(file)).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  })

  it.each(['file', 'to-file', 'folder', 'gone', 'to-nowhere', 'gone/below'])(
    'leaves to others what is none of these: %s',
    async (name) => {
      await expect(refuseSpecial(at(name))).resolves.toBeUndefined()
    },
  )

  it('takes the memory that is a folder of /dev for a folder like others', async () => {
    const shared = await mkdtemp('/dev/shm/edgelift-special-')
    try {
      await symlink('nowhere', path.join(shared, 'link'))
      await expect(refuseSpecial(path.join(shared, 'link'))).resolves.toBeUndefined()
    } finally {
      await rm(shared, { recursive: true })
    }
  })
})
