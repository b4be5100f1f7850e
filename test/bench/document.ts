import { readFile, writeFile } from 'node:fs/promises'
import type { Row } from './measure.ts'

const [BEGIN, END] = ['<!-- bench -->', '<!-- /bench -->']

/** Puts rows into the page, between its two marks: a table with a bar for each ratio, which is full where the goal is met exactly. */
export async function writeRows(page: string, rows: readonly Row[], machine: string): Promise<void> {
  const text = await readFile(page, 'utf8')
  const [before, rest = ''] = text.split(BEGIN)
  const [, after = ''] = rest.split(END)
  const table = rows.map(({ id, ours, peer, ratio, goal, ok }) => {
    const cells = Math.min(20, Math.round((10 * ratio) / goal))
    return `| ${id} | ${ours} | ${peer} | ${ratio} | ${goal} | \`${'█'.repeat(cells).padEnd(20, '·')}\` | ${ok ? 'ok' : 'missed'} |`
  })
  const head = [
    '| # | ours | peer | ratio | goal | ratio / goal, half of the bar is the goal | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  const lines = [BEGIN, '', '## A run', machine, '', ...head, ...table, '', END]
  await writeFile(page, `${before}${lines.join('\n')}${after}`)
}
