import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { type Counts, goCounts, sum } from './counts.ts'
import type { Say } from './phases.ts'

/** Vets and tests the Go modules under `folder` that have tests. Finding none is a failure: they have moved. */
export async function testDoubles(folder: string, say: Say): Promise<Counts> {
  const modules = await testedModules(folder)
  if (modules.length === 0) {
    say(`no Go module with tests is under ${folder}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const counts: Counts[] = []
  for (const module of modules) {
    const cwd = path.join(folder, module)
    const vetted = await exec('go', ['vet', './...'], { cwd })
    counts.push({ passed: 0, failed: vetted.code === 0 ? 0 : 1, skipped: 0 })
    if (vetted.code !== 0) say(`${module}\n${vetted.stderr}`)
    const { code, stdout, stderr } = await exec('go', ['test', '-json', './...'], { cwd })
    counts.push(goCounts(stdout, code))
    if (code !== 0) say(`${module}\n${stderr}${goOutput(stdout)}`)
  }
  return sum(counts)
}

/** The folders of the Go modules that have tests of their own, relative to `folder`. */
export async function testedModules(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => !name.includes('node_modules'))
  const modules = names.filter((name) => path.basename(name) === 'go.mod').map((name) => path.dirname(name))
  const isTested = (module: string): boolean =>
    names.some((name) => name.startsWith(`${module}/`) && name.endsWith('_test.go'))
  return modules.filter(isTested).sort()
}

function goOutput(stdout: string): string {
  const events = stdout.split('\n').filter((line) => line.startsWith('{'))
  return events.map((line) => (JSON.parse(line) as { Output?: string }).Output ?? '').join('')
}
