import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inside } from './disk.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-'))
  await mkdir(path.join(root, 'run/real'), { recursive: true })
  await symlink('/run', path.join(root, 'absolute'))
  await symlink('../../../run/real', path.join(root, 'run/climbing'))
  await symlink('/around', path.join(root, 'around'))
})
afterAll(() => rm(root, { recursive: true }))

it.each([
  ['/etc/not/there', 'etc/not/there'],
  ['/absolute/real/x', 'run/real/x'],
  ['/run/climbing/x', 'run/real/x'],
  ['/../../etc/passwd', 'etc/passwd'],
])('a path of a node stays in the node: %s', async (target, found) => {
  expect(await inside(root, target)).toBe(path.join(root, found))
})

it('a link that leads to itself is an error', async () => {
  await expect(inside(root, '/around/x')).rejects.toThrow('too many symbolic links')
})
