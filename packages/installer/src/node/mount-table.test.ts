import { expect, it } from 'vitest'
import { mountOf, parseMounts } from './mount-table.ts'

it('finds the mount of a folder, and its options', () => {
  const mounts = parseMounts(`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 8:2 / /data rw,noexec shared:2 - ext4 /dev/sdb1 rw
31 22 8:3 / /data/\\346\\226\\207\\040a rw - ext4 /dev/sdc1 ro
`)
  expect(mountOf('/data/x', mounts)).toMatchObject({
    place: '/data',
    options: expect.arrayContaining(['noexec']),
  })
  expect(mountOf('/database', mounts)?.place).toBe('/')
  expect(mounts.at(-1)).toMatchObject({ place: '/data/文 a', options: expect.arrayContaining(['ro']) })
})
