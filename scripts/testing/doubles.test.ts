import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { testDoubles, testedModules } from './doubles.ts'

it('finds the doubles that stand in for upstream’s programs', async () => {
  const modules = await testedModules(path.resolve(import.meta.dirname, '../../test'))
  expect(modules).toContain('support/kubernetes/kubeedge')
})

it('fails where there is nothing to test', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-doubles-'))
  try {
    const said: string[] = []
    const counts = await testDoubles(folder, (text) => said.push(String(text)))
    expect(counts).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(said.join('')).toContain('no Go module with tests')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
