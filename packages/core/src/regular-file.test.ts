import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashFile } from './hash-file.ts'
import { openRegular, READ_LIMIT, readRegular } from './regular-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-regular-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('opens a file, and one behind a link', async () => {
  await writeFile(path.join(folder, 'a'), 'text')
  await symlink('a', path.join(folder, 'link'))
  for (const name of ['a', 'link']) {
    const handle = await openRegular(path.join(folder, name))
    expect(await handle.readFile('utf8')).toBe('text')
    await handle.close()
  }
})

it('refuses a pipe without a writer, a folder and a device, at once', async () => {
  execFileSync('mkfifo', [path.join(folder, 'pipe')])
  for (const place of [path.join(folder, 'pipe'), folder, '/dev/zero', '/dev/null']) {
    await expect(openRegular(place), place).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
    await expect(hashFile(place), place).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  }
})

it('says which file it cannot read, and why: one that is too large, and what the system says later', async () => {
  const file = path.join(folder, 'huge')
  await writeFile(file, '')
  await truncate(file, READ_LIMIT + 1)
  await expect(readRegular(file)).rejects.toMatchObject({ code: 'EFBIG', path: file })
  // Reading the memory of a process at address 0 is an error of read(2), which knows no path.
  await expect(readRegular('/proc/self/mem')).rejects.toMatchObject({ code: 'EIO', path: '/proc/self/mem' })
  await expect(readRegular(folder)).rejects.toMatchObject({ because: { zh: '它是目录' } })
})
