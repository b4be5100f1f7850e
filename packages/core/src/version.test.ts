import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { EDGELIFT_VERSION } from './version.ts'

it('is the version of the package', async () => {
  const json: unknown = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(json).toMatchObject({ version: EDGELIFT_VERSION })
})
