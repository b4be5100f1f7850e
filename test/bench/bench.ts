import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { formatRows } from './format.ts'
import type { Row } from './measure.ts'

const dist = path.resolve('dist')
await mkdir(dist, { recursive: true })
const folder = await mkdtemp(path.join(dist, 'bench-'))
try {
  const rows: Row[] = await formatRows(folder)
  await writeFile(path.join(dist, 'bench.json'), `${JSON.stringify({ rows }, null, 2)}\n`)
  for (const { id, what, ours, peer, ratio, goal, ok } of rows) {
    process.stdout.write(
      `${ok ? 'ok  ' : 'MISS'} ${id.padEnd(8)} ${ratio.toFixed(3).padStart(7)} (goal ${goal}) ${what}: ${ours} / ${peer}\n`,
    )
  }
  if (rows.some((row) => !row.ok)) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
