import { open } from 'node:fs/promises'
import { expect, it, vi } from 'vitest'
import { archiveWriter } from './archive-writer.ts'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return { ...real, open: vi.fn(() => real.open('/dev/full', 'w')) }
})

it.each([10, 5_000_000])(
  'names the archive where the disk is full, after %i bytes of content',
  async (size) => {
    const writer = await archiveWriter({ out: '/nowhere/a.tar.gz', top: 'a' })
    expect(open).toHaveBeenCalled()
    const writing = async () => {
      await writer.file({ path: 'x', mode: '0644', size, compress: false }, [Buffer.alloc(size)])
      await writer.finish()
    }
    await expect(writing()).rejects.toMatchObject({ code: 'ENOSPC', path: '/nowhere/a.tar.gz' })
    await writer.abort()
  },
)
