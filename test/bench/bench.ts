import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { formatTable } from '@edgelift/core/cli'
import { buildRows } from './building.ts'
import { formatRows } from './format.ts'
import type { Row } from './measure.ts'
import { memoryRows } from './memory.ts'

const dist = path.resolve('dist')
await mkdir(dist, { recursive: true })
const folder = await mkdtemp(path.join(dist, 'bench-'))
try {
  const rows: Row[] = []
  for (const part of [buildRows, formatRows, memoryRows]) {
    const place = path.join(folder, part.name)
    await mkdir(place)
    rows.push(...(await part(place)))
    await rm(place, { recursive: true, force: true })
  }
  rows.sort((a, b) => (a.id < b.id ? -1 : 1))
  await writeFile(path.join(dist, 'bench.json'), `${JSON.stringify({ rows }, null, 2)}\n`)
  const head = ['', 'id', 'ratio', 'goal', 'ours', 'peer', 'what: ours / peer']
  const lines = rows.map(({ id, what, ours, peer, ratio, goal, ok }) => [
    ok ? 'ok' : 'MISS',
    id,
    ratio.toFixed(3),
    goal.toFixed(2),
    ours.toFixed(3),
    peer.toFixed(3),
    what,
  ])
  process.stdout.write(`${formatTable([head, ...lines], new Set([2, 3, 4, 5]))}\n`)
  if (rows.some((row) => !row.ok)) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
