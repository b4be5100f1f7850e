import path from 'node:path'
import { expect, it } from 'vitest'
import { errorTable } from './error-table.ts'

it.each(['en', 'zh'] as const)('shows people no variable of the launcher (%s)', async (lang) => {
  const table = await errorTable(path.resolve(import.meta.dirname, '..'), lang)
  expect(table).toContain('`RUNTIME_MISSING`')
  expect(table).not.toMatch(/\$\w/)
})
