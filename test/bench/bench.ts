import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { formatTable } from '@edgelift/core/cli'
import { buildRows, realRows } from './building.ts'
import { drawGrowth, drawRows } from './chart.ts'
import { type Machine, writeRows } from './document.ts'
import { formatRows } from './format.ts'
import { type Growth, growthRows } from './growth.ts'
import { installingRows } from './installing.ts'
import { linkRows } from './link.ts'
import { lockRows } from './locking.ts'
import type { Row } from './measure.ts'
import { memoryRows } from './memory.ts'
import { startingRows } from './starting.ts'

const parts: Readonly<
  Record<string, (folder: string) => Promise<Row[] | { rows: Row[]; growth: Growth[] }>>
> = {
  build: buildRows,
  real: realRows,
  link: linkRows,
  format: formatRows,
  memory: memoryRows,
  growth: growthRows,
  start: startingRows,
  lock: lockRows,
  install: installingRows,
}

const HELP = `usage: ./scripts/bench [--page] [PART ...]

Compares edgelift with what one would otherwise run, on this machine: prints a table of ratios, writes dist/bench.json, dist/bench.svg
and, with the part growth, dist/bench-growth.svg. Parts, all when none is named: ${Object.keys(parts).join(', ')}.
Needs Go 1.24 or newer (it builds crane), skopeo, tar, gzip, sha256sum, cp; for install root and what tests on nodes need.

  --page   put the rows of this run into the pages "Performance", in place of those that are there

Exit code 0 when every row meets its goal, 1 when one misses it, 2 when something could not be measured.
`

async function main(): Promise<number> {
  const { values, positionals: wanted } = parseArgs({
    options: { page: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  const { page = false, help = false } = values
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  const unknown = wanted.filter((name) => !(name in parts))
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  const dist = path.resolve('dist')
  await mkdir(dist, { recursive: true })
  const folder = await mkdtemp(path.join(dist, 'bench-'))
  try {
    const rows: Row[] = []
    const failed: string[] = []
    let growth: Growth[] = []
    for (const [name, part] of Object.entries(parts)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      process.stderr.write(`${name} ...\n`)
      const place = path.join(folder, name)
      await mkdir(place)
      try {
        const found = await part(place)
        rows.push(...('rows' in found ? found.rows : found))
        if ('growth' in found) growth = found.growth
      } catch (error) {
        failed.push(name)
        process.stderr.write(`${name} could not be measured: ${messageOf(error)}\n`)
      }
      await rm(place, { recursive: true, force: true })
    }
    rows.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
    await writeFile(path.join(dist, 'bench.json'), `${JSON.stringify({ rows, growth }, null, 2)}\n`)
    await writeFile(path.join(dist, 'bench.svg'), drawRows(rows))
    if (growth.length > 0) await writeFile(path.join(dist, 'bench-growth.svg'), drawGrowth(growth))
    if (page) await writeRows(path.resolve('docs'), rows, machineOf())
    const head = ['', 'id', 'ratio', 'goal', 'ours', 'peer', 'what: ours / peer']
    const lines = rows.map(({ id, what, ours, peer, ratio, goal, ok }) => [
      ok ? 'ok' : 'MISS',
      id,
      ratio.toFixed(3),
      goal.toFixed(3),
      ours.toFixed(3),
      peer.toFixed(3),
      what,
    ])
    process.stdout.write(`${formatTable([head, ...lines], new Set([2, 3, 4, 5]))}\n`)
    if (failed.length > 0) return 2
    return rows.every((row) => row.ok) ? 0 : 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function machineOf(): Machine {
  return {
    processors: os.availableParallelism(),
    model: os.cpus()[0]?.model.trim() ?? '',
    load: os.loadavg()[0]?.toFixed(1) ?? '',
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 2
}
