import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { refuseFullDisk, whyFull, writingTo } from './disk.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const writing = { file: '/var/lib/kubeedge/new/edgecore.db', size: 70_000_000 }
const failing = (error: unknown) => writingTo(on.host, writing, () => Promise.reject(error))
const errno = (code: string) => Object.assign(new Error(code), { code, syscall: 'write' })
const printed = (words: string) =>
  new EdgeliftError('COMMAND_FAILED', 1, { what: 'ctr failed', because: words, fix: 'x' })

it('gives what the work gives', async () => {
  expect(await writingTo(on.host, writing, async () => 'done')).toBe('done')
})

it.each([
  ['the system says', errno('ENOSPC')],
  ['a program printed', printed('write /x: No space left on device')],
])(
  'tells a full disk, as %s, with what is needed, also of a folder that is not there yet',
  async (_how, error) => {
    await expect(failing(error)).rejects.toMatchObject({
      code: 'DISK_FULL',
      what: { en: 'no space left for /var/lib/kubeedge/new/edgecore.db' },
      because: { en: expect.stringMatching(/^it needs 70(\.0)? MB, and that disk has .+ free$/) },
      cause: error,
    })
  },
)

it('tells a quota, which no free space of the disk shows', async () => {
  await expect(failing(errno('EDQUOT'))).rejects.toMatchObject({
    code: 'DISK_FULL',
    because: { en: 'a disk quota is used up', zh: '磁盘配额已用尽' },
    fix: { en: expect.stringContaining('quota that holds for /var/lib/kubeedge/new') },
  })
})

it('tells a disk that has bytes left, and no inode for a file', () => {
  const room = { freeBytes: 90_000_000_000, totalBytes: 100_000_000_000, inodes: { free: 0, total: 65_536 } }
  expect(whyFull(room, writing)).toMatchObject({
    because: {
      en: expect.stringMatching(/^all 65536 inodes of that disk are in use, though 90.0 GB are free/),
    },
    fix: { en: expect.stringContaining('df -i /var/lib/kubeedge/new') },
  })
  expect(whyFull({ ...room, freeBytes: 0 }, writing).because.en).toContain('0 B free')
  expect(whyFull({ ...room, inodes: { free: 1, total: 65_536 } }, writing).fix.en).toContain('df -h')
})

it('tells a disk that is mounted read-only', async () => {
  await expect(failing(errno('EROFS'))).rejects.toMatchObject({
    code: 'DISK_READ_ONLY',
    fix: { en: expect.stringContaining('findmnt -T /var/lib/kubeedge/new') },
  })
})

it.each([errno('EACCES'), printed('no such image'), new Error('no space left on device')])(
  'leaves any other failure as it came (%#)',
  async (error) => {
    await expect(failing(error)).rejects.toBe(error)
  },
)

it('does not end a wait while there is space', async () => {
  await refuseFullDisk(on.host, '/var/lib/rancher/k3s')
})
