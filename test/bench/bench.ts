import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { formatTable } from '@edgelift/core/cli'
import { buildRows, realRows } from './building.ts'
import { drawGrowth, drawRows } from './chart.ts'
import { writeRows } from './document.ts'
import { formatRows } from './format.ts'
import { type Growth, growthRows } from './growth.ts'
import { linkRows } from './link.ts'
import { lockRows } from './locking.ts'
import type { Row } from './measure.ts'
import { memoryRows } from './memory.ts'
import { startingRows } from './starting.ts'

// ./scripts/bench [--page] [PART ...]: all parts when none is named; with --page the figures go into docs/performance.md.
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
}
const wanted = process.argv.slice(2).filter((word) => word !== '--page')
const unknown = wanted.filter((name) => !(name in parts))
if (unknown.length > 0)
  throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
const dist = path.resolve('dist')
await mkdir(dist, { recursive: true })
const folder = await mkdtemp(path.join(dist, 'bench-'))
try {
  const rows: Row[] = []
  let growth: Growth[] = []
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    process.stderr.write(`${name} ...\n`)
    const place = path.join(folder, name)
    await mkdir(place)
    const found = await part(place)
    rows.push(...('rows' in found ? found.rows : found))
    if ('growth' in found) growth = found.growth
    await rm(place, { recursive: true, force: true })
  }
  rows.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
  await writeFile(path.join(dist, 'bench.json'), `${JSON.stringify({ rows, growth }, null, 2)}\n`)
  await writeFile(path.join(dist, 'bench.svg'), drawRows(rows))
  if (growth.length > 0) await writeFile(path.join(dist, 'bench-growth.svg'), drawGrowth(growth))
  const machine = `${os.availableParallelism()} processors (${os.cpus()[0]?.model.trim()}), load ${os.loadavg()[0]?.toFixed(1)} at the end, Node ${process.version}.`
  if (process.argv.includes('--page')) await writeRows('docs/performance.md', rows, machine)
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
  if (rows.some((row) => !row.ok)) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
