import { chmod, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { EDGE_DATABASE, isDatabaseOpen, keepDatabasePrivate } from './edge-database.ts'

it("is root's alone before EdgeCore makes it, and one that others could read becomes so with what is in it", async () => {
  await using on = await trial()
  const file = path.join(on.root, EDGE_DATABASE)
  expect(await isDatabaseOpen(on.host)).toBe(false)
  await keepDatabasePrivate(on.host)
  expect([(await stat(file)).mode & 0o777, await readFile(file, 'utf8')]).toEqual([0o600, ''])
  await on.put(EDGE_DATABASE, 'rows')
  await chmod(file, 0o644)
  expect(await isDatabaseOpen(on.host)).toBe(true)
  await keepDatabasePrivate(on.host)
  expect(await isDatabaseOpen(on.host)).toBe(false)
  expect(await readFile(file, 'utf8')).toBe('rows')
})
