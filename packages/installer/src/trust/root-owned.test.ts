import { chmod, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entryProblem, parentProblem, requireRootOwned } from './root-owned.ts'

const OWN = process.getuid?.() ?? 0
const file = (mode: number, uid = 0, nlink = 1) => ({ uid, mode: 0o100000 | mode, nlink })
const folder = (mode: number, uid = 0) => ({ uid, mode: 0o040000 | mode, nlink: 2 })

it.each([
  ['a plain file', file(0o644), undefined],
  ['a program', file(0o755), undefined],
  ["somebody's file", file(0o644, 1000), 'owner'],
  ['a file that a group can write', file(0o664), 'writable'],
  ['a file that all can write', file(0o646), 'writable'],
  ['a setuid program', file(0o4755), 'set-id'],
  ['a setgid program', file(0o2755), 'set-id'],
  ['a second name', file(0o644, 0, 2), 'hard-link'],
  ['a folder with the setgid bit of the one above', folder(0o2755), undefined],
  ['a sticky folder: others could still add to it', folder(0o1777), 'writable'],
  ['a symbolic link', { uid: 0, mode: 0o120777, nlink: 1 }, undefined],
  ["somebody's symbolic link", { uid: 7, mode: 0o120777, nlink: 1 }, 'owner'],
])('in the directory: %s', (_, found, problem) => {
  expect(entryProblem(found, 0)).toBe(problem)
})

it.each([
  ['root’s folder', folder(0o755), undefined],
  ['a sticky folder for all, such as /tmp', folder(0o1777), undefined],
  ['a folder that a group can write', folder(0o775), 'writable'],
  ["somebody's home", folder(0o755, 1000), 'owner'],
])('above it: %s', (_, found, problem) => {
  expect(parentProblem(found, 0)).toBe(problem)
})

describe('requireRootOwned', () => {
  let top = ''
  beforeEach(async () => {
    top = await mkdtemp(path.join(tmpdir(), 'edgelift-owned-'))
    await mkdir(path.join(top, 'bundle/runtime'), { recursive: true })
    await writeFile(path.join(top, 'bundle/runtime/node'), 'x', { mode: 0o755 })
  })
  afterEach(() => rm(top, { recursive: true, force: true }))

  const check = () => requireRootOwned(path.join(top, 'bundle'), OWN)

  it('accepts a directory that only its owner can change', async () => {
    await expect(check()).resolves.toBeUndefined()
  })

  it('names what others can change, deep inside and above', async () => {
    const node = path.join(top, 'bundle/runtime/node')
    await chmod(node, 0o775)
    await expect(check()).rejects.toMatchObject({
      code: 'DIRECTORY_UNSAFE',
      what: { en: expect.stringContaining(node) },
    })
    await chmod(node, 0o755)
    await chmod(top, 0o777)
    await expect(check()).rejects.toMatchObject({
      what: { en: expect.stringContaining(top) },
      fix: { en: expect.stringContaining(`chmod go-w ${top}`) },
    })
  })

  it('prints a command that is one, whatever the directory is called', async () => {
    const named = path.join(top, "it's; reboot")
    await mkdir(named, { mode: 0o777 })
    await chmod(named, 0o777)
    const quoted = `'${named.replace("'", "'\\''")}'`
    await expect(requireRootOwned(named, OWN)).rejects.toMatchObject({
      fix: { en: expect.stringContaining(`chown -R root: ${quoted} && chmod -R go-w ${quoted}`) },
    })
  })

  it('refuses a second name of a file, which another user may hold', async () => {
    await link(path.join(top, 'bundle/runtime/node'), path.join(top, 'elsewhere'))
    await expect(check()).rejects.toMatchObject({ because: { en: expect.stringContaining('hard link') } })
  })

  it('refuses a directory of another user', async () => {
    await expect(requireRootOwned(path.join(top, 'bundle'), OWN + 1)).rejects.toMatchObject({
      code: 'DIRECTORY_UNSAFE',
    })
  })
})
