import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { exec } from '@edgelift/core'
import { type Counts, goCounts, sum, vitestCounts } from './testing/counts.ts'
import { installPackages } from './testing/debian-packages.ts'

const root = path.resolve(import.meta.dirname, '..')
const results = path.join(root, 'dist', 'test')

const HELP = `usage: ./scripts/test [--fast]

Installs what the tests need (Debian packages named in test/**/packages.txt) and runs all of them: types, lint,
generated files, unit, integration, the tests of the doubles in Go, and the tests on nodes.

  --fast   unit and integration only

The last line says how many passed, failed and were skipped. Exit code 0 when none failed.
`

/** One part of the whole: prints as it goes, and counts what it has tried. */
interface Phase {
  readonly name: string
  readonly isFast?: boolean
  run(): Promise<Counts>
}

const phases: readonly Phase[] = [
  { name: 'types', run: () => check('node_modules/.bin/tsc', ['--noEmit']) },
  { name: 'lint', run: () => check('node_modules/.bin/biome', ['check', '--error-on-warnings', '.']) },
  {
    name: 'generated files',
    run: () => check(process.execPath, ['scripts/run.mjs', 'scripts/generate.ts', '--check']),
  },
  { name: 'unit', isFast: true, run: () => vitest('unit') },
  { name: 'integration', isFast: true, run: () => vitest('integration') },
  { name: 'doubles', run: doubles },
  { name: 'nodes', run: () => vitest('nodes') },
]

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { fast: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) {
    process.stdout.write(HELP)
    return
  }
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  const chosen = phases.filter((phase) => values.fast !== true || phase.isFast === true)
  const counts: Counts[] = [await timed('packages', prepare)]
  const times: string[] = []
  for (const phase of chosen) {
    const began = Date.now()
    const count = await timed(phase.name, phase.run)
    counts.push(count)
    times.push(
      `${phase.name} ${seconds(began)}: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`,
    )
  }
  const all = sum(counts)
  process.stdout.write(`\n${times.join('\n')}\n\n`)
  process.stdout.write(`${all.passed} passed, ${all.failed} failed, ${all.skipped} skipped\n`)
  process.exitCode = all.failed > 0 ? 1 : 0
}

/** What the machine needs besides Node. A tool that cannot be had is one failure, and the tests run all the same. */
async function prepare(): Promise<Counts> {
  const problem = await installPackages(path.join(root, 'test'))
  const go = await exec('go', ['version']).catch(() => undefined)
  const missing =
    go === undefined ? 'there is no `go` in PATH: install Go 1.24 or newer (https://go.dev/dl)' : undefined
  const problems = [problem, missing].filter((one) => one !== undefined)
  for (const one of problems) process.stderr.write(`${one}\n`)
  return { passed: 0, failed: problems.length, skipped: 0 }
}

async function vitest(project: string): Promise<Counts> {
  const report = path.join(results, `${project}.json`)
  const code = await run('node_modules/.bin/vitest', [
    ...['run', '--project', project],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ])
  return vitestCounts(existsSync(report) ? JSON.parse(await readFile(report, 'utf8')) : undefined, code)
}

/** The Go modules under test/ that have tests of their own. */
async function doubles(): Promise<Counts> {
  const names = await readdir(path.join(root, 'test'), { recursive: true })
  const mine = names.filter((name) => !name.includes('node_modules'))
  const modules = mine.filter((name) => path.basename(name) === 'go.mod').map((name) => path.dirname(name))
  const counts: Counts[] = []
  for (const module of modules.sort()) {
    if (!mine.some((name) => name.startsWith(`${module}/`) && name.endsWith('_test.go'))) continue
    const cwd = path.join(root, 'test', module)
    const vetted = await exec('go', ['vet', './...'], { cwd })
    counts.push({ passed: 0, failed: vetted.code === 0 ? 0 : 1, skipped: 0 })
    if (vetted.code !== 0) process.stderr.write(`${module}\n${vetted.stderr}`)
    const { code, stdout, stderr } = await exec('go', ['test', '-json', './...'], { cwd })
    counts.push(goCounts(stdout, code))
    if (code !== 0) process.stderr.write(`${module}\n${stderr}${goOutput(stdout)}`)
  }
  return sum(counts)
}

function goOutput(stdout: string): string {
  const events = stdout.split('\n').filter((line) => line.startsWith('{'))
  return events.map((line) => (JSON.parse(line) as { Output?: string }).Output ?? '').join('')
}

async function check(command: string, args: readonly string[]): Promise<Counts> {
  const code = await run(command, args)
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

async function timed(name: string, phase: () => Promise<Counts>): Promise<Counts> {
  const began = Date.now()
  process.stdout.write(`\n== ${name}\n`)
  const count = await phase().catch((error: Error) => {
    process.stderr.write(`${error.stack}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  })
  process.stdout.write(`== ${name}: ${count.failed === 0 ? 'ok' : 'FAILED'}, ${seconds(began)}\n`)
  return count
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function seconds(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`
}

await main()
