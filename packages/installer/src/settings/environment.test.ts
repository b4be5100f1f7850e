import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isOpenToOthers } from './environment.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'open-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it.each([
  [0o600, false],
  [0o400, false],
  [0o640, true],
  [0o604, true],
  [0o620, true],
])('a file of mode %o is open: %s', async (mode, open) => {
  const file = path.join(folder, 'secret')
  await writeFile(file, '')
  await chmod(file, mode)
  expect(await isOpenToOthers(file)).toBe(open)
})

it("another user's file is open to its owner", async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root gives a file away')
  const file = path.join(folder, 'secret')
  await writeFile(file, '', { mode: 0o600 })
  await chown(file, 12345, 12345)
  expect(await isOpenToOthers(file)).toBe(true)
})

it('what is not there is not open', async () => {
  expect(await isOpenToOthers(path.join(folder, 'none'))).toBe(false)
})
