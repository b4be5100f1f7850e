import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { INTEGRATION_PARTS } from '../test/support/kubernetes/parts-first.ts'
import { parseArguments } from './testing/arguments.ts'
import { runCampaign } from './testing/campaign-run.ts'
import { type Counts, sum, vitestCounts } from './testing/counts.ts'
import { installPackages } from './testing/debian-packages.ts'
import { testDoubles } from './testing/doubles.ts'
import { provideGo } from './testing/go-toolchain.ts'
import { afterwards, aloud, type Extent, inTurn, type Phase, type Say } from './testing/phases.ts'
import { secondLook } from './testing/second-look.ts'
import { findUpstreamCharts } from './testing/upstream-charts.ts'

const root = path.resolve(import.meta.dirname, '..')
const results = path.join(root, 'dist', 'test')

const HELP = `usage: ./scripts/test [--fast | --installation]
       ./scripts/test --campaign NAME [--seed N] [--count N]

Installs what the tests need (Debian packages named in test/**/packages.txt; Go, where there is none), builds the programs that run on nodes
(the first time: up to half an hour on two cores) and runs the tests: types, lint, unused parts, generated files, unit, integration,
the tests of the doubles in Go, and the tests on nodes. The tests on an emulated arm64 node take an hour and are left out:
node_modules/.bin/vitest run --project emulated.

  --fast           unit and integration only
  --installation   unit, integration, and one whole installation on nodes: cloud, edge, verify, cleanup
  --campaign NAME  only a campaign, in its long form; its result is added to docs/en/reliability.md. A run can be replayed: --seed
                   names its first case (1), --count the number of cases (100)

EDGELIFT_SHARED    a folder with upstream's own charts (upstream/); without it, ../shared, or what can be fetched, or
                   placeholders: docs/en/embedded-upstream.md

One or two test files that fail are run again by themselves: what passes then is called unsteady.

The last line says how many passed, failed and were skipped; those before it name the ones that failed or were unsteady. Exit code 0
when none failed.
`

/** With fewer, nodes that run beside other tests miss what is promised by the clock: an edge that is back within a minute. */
const PROCESSORS_FOR_BOTH = 4

const FEWER: readonly Extent[] = ['all', 'installation']
const ALWAYS: readonly Extent[] = ['all', 'installation', 'fast']

/** One after the other. */
const first: readonly Phase[] = [
  { name: 'packages', of: ALWAYS, run: prepare },
  { name: 'charts', of: ALWAYS, run: charts },
  { name: 'types', run: (say) => check(say, 'node_modules/.bin/tsc', ['--noEmit']) },
  {
    name: 'lint',
    run: (say) => check(say, 'node_modules/.bin/biome', ['check', '--error-on-warnings', '.']),
  },
  { name: 'unused parts', run: (say) => check(say, 'node_modules/.bin/knip', []) },
  {
    name: 'generated files',
    run: (say) => check(say, process.execPath, ['scripts/run.mjs', 'scripts/generate.ts', '--check']),
  },
  { name: 'unit', of: ALWAYS, run: (say) => tests(say, 'unit') },
  { name: 'parts', of: ALWAYS, run: buildParts },
]
/** Beside the nodes, which wait for half of their time, where there are processors for both. */
const beside: readonly Phase[] = [
  { name: 'integration', of: ALWAYS, run: (say) => tests(say, 'integration') },
  { name: 'doubles', run: (say) => testDoubles(path.join(root, 'test'), say) },
]
const nodes: readonly Phase[] = [
  {
    name: 'nodes',
    of: FEWER,
    run: (say, extent) => tests(say, 'nodes', extent === 'all' ? [] : [WHOLE_INSTALLATION]),
  },
]
const WHOLE_INSTALLATION = 'test/nodes/operator-pages.test.ts'

async function main(): Promise<void> {
  const task = parseArguments(process.argv.slice(2))
  if (task.kind === 'help') {
    process.stdout.write(HELP)
    return
  }
  if (task.kind === 'campaign') {
    const failed = await runCampaign(root, task)
    await run((text) => process.stdout.write(text), process.execPath, [
      'scripts/run.mjs',
      'scripts/generate.ts',
    ])
    process.exitCode = failed > 0 ? 1 : 0
    return
  }
  const { extent } = task
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  const chosen = (phases: readonly Phase[]) => phases.filter(({ of = ['all'] }) => of.includes(extent))
  const before = await inTurn(chosen(first), { extent, listen: aloud })
  const rest =
    availableParallelism() < PROCESSORS_FOR_BOTH || extent === 'fast'
      ? [await inTurn(chosen([...beside, ...nodes]), { extent, listen: aloud })]
      : // Two that speak at once would not be understood: those beside are heard when they have ended.
        await Promise.all([
          inTurn(chosen(beside), { extent, listen: afterwards }),
          inTurn(chosen(nodes), { extent, listen: aloud }),
        ])
  const done = [before, ...rest].flat()
  const all = sum(done.map(({ count }) => count))
  const times = done.map(
    ({ name, took, count: { passed, failed, skipped } }) =>
      `${name} ${took}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  )
  process.stdout.write(`\n${times.join('\n')}\n\n`)
  for (const { name, count } of done) {
    for (const one of count.unsteady ?? []) process.stdout.write(`unsteady: ${name}: ${one}\n`)
    for (const failure of count.failures ?? []) process.stdout.write(`failed: ${name}: ${failure}\n`)
  }
  process.stdout.write(`${all.passed} passed, ${all.failed} failed, ${all.skipped} skipped\n`)
  process.exitCode = all.failed > 0 ? 1 : 0
}

/** What the machine needs besides Node. A tool that cannot be had is one failure, and the tests run all the same. */
async function prepare(say: Say): Promise<Counts> {
  const problem = await installPackages(path.join(root, 'test'))
  const problems = [problem, await provideGo(say)].filter((one) => one !== undefined)
  for (const one of problems) say(`${one}\n`)
  return { passed: 0, failed: problems.length, skipped: 0 }
}

/** Upstream's own charts where they can be had. Without them all tests run, on placeholders. */
async function charts(say: Say): Promise<Counts> {
  say(`${await findUpstreamCharts()}\n`)
  return { passed: 0, failed: 0, skipped: 0 }
}

/** Before any test waits for them: the first time, they take longer than all tests together. */
async function buildParts(say: Say, extent: Extent): Promise<Counts> {
  const names = extent === 'fast' ? INTEGRATION_PARTS : []
  const script = 'test/support/kubernetes/build-parts.ts'
  const code = await run(say, process.execPath, ['scripts/run.mjs', script, ...names])
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

async function tests(say: Say, project: string, files: readonly string[] = []): Promise<Counts> {
  return secondLook(await vitest(say, project, files), (file) => {
    say(`\n== ${project}: once more, by itself: ${path.basename(file)}\n`)
    return vitest(say, project, [file])
  })
}

async function vitest(say: Say, project: string, files: readonly string[] = []): Promise<Counts> {
  const report = path.join(results, `${project}.json`)
  const code = await run(say, 'node_modules/.bin/vitest', [
    ...['run', '--project', project, ...files],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ])
  return vitestCounts(existsSync(report) ? JSON.parse(await readFile(report, 'utf8')) : undefined, code)
}

async function check(say: Say, command: string, args: readonly string[]): Promise<Counts> {
  const code = await run(say, command, args)
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

function run(say: Say, command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', say)
    child.stderr.on('data', say)
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
