import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'

it('is the only way to undici: its index is imported for types alone', async () => {
  const root = path.dirname(import.meta.dirname)
  const files = (await readdir(root, { recursive: true })).filter((file) => /(?<!\.test|\.d)\.ts$/.test(file))
  const texts = await Promise.all(files.map((file) => readFile(path.join(root, file), 'utf8')))
  const imports = texts.flatMap((text) => text.match(/^import [^'"]*['"]undici['"]/gm) ?? [])
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter((line) => !line.startsWith('import type '))).toEqual([])
})
