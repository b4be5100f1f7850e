import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Lang, Text } from '@edgelift/core'
import { FOLDERS } from '../../scripts/site/pages.ts'
import type { Row } from './measure.ts'

const [BEGIN, END] = ['<!-- bench -->', '<!-- /bench -->']

/** Where a run was made. */
export interface Machine {
  readonly processors: number
  readonly model: string
  /** Average load of the last minute, at the end. */
  readonly load: string
}

const WORDS = {
  title: { en: '## A run', zh: '## 一次运行' },
  head: {
    en: '| # | ours | peer | ratio | goal | ratio / goal, half of the bar is the goal | |',
    zh: '| 编号 | edgelift | 对比对象 | 比值 | 目标 | 比值 / 目标，进度条的一半为目标 | |',
  },
  ok: { en: 'ok', zh: '达到' },
  missed: { en: 'missed', zh: '未达到' },
} as const satisfies Record<string, Text>

/** Puts rows into the pages, between their two marks: a table with a bar for each ratio, half full where the goal is met exactly. */
export async function writeRows(docs: string, rows: readonly Row[], machine: Machine): Promise<void> {
  for (const lang of ['en', 'zh'] as const) {
    const page = path.join(docs, FOLDERS[lang], 'performance.md')
    const [before, rest = ''] = (await readFile(page, 'utf8')).split(BEGIN)
    const [, after = ''] = rest.split(END)
    const lines = [
      BEGIN,
      '',
      WORDS.title[lang],
      machineLine(machine, lang),
      '',
      ...table(rows, lang),
      '',
      END,
    ]
    await writeFile(page, `${before}${lines.join('\n')}${after}`)
  }
}

function machineLine({ processors, model, load }: Machine, lang: Lang): string {
  return lang === 'zh'
    ? `${processors} 个处理器（${model}），结束时负载 ${load}，Node ${process.version}。`
    : `${processors} processors (${model}), load ${load} at the end, Node ${process.version}.`
}

function table(rows: readonly Row[], lang: Lang): string[] {
  const body = rows.map(({ id, ours, peer, ratio, goal, ok }) => {
    const cells = Math.min(20, Math.round((10 * ratio) / goal))
    const bar = '█'.repeat(cells).padEnd(20, '·')
    return `| ${id} | ${ours} | ${peer} | ${ratio} | ${goal} | \`${bar}\` | ${(ok ? WORDS.ok : WORDS.missed)[lang]} |`
  })
  return [WORDS.head[lang], '| --- | --- | --- | --- | --- | --- | --- |', ...body]
}
