import { EdgeliftError } from '@edgelift/core'
import type { Campaign } from '../campaign.ts'
import { type CaseEnd, runCases } from '../cases.ts'
import { BACKUP_PARSERS } from './backup-parsers.ts'
import { BUNDLE_PARSERS } from './bundle-parsers.ts'
import { MACHINE_PARSERS } from './machine-parsers.ts'
import { NODE_PARSERS } from './node-parsers.ts'
import type { Parser } from './parser.ts'
import { REGISTRY_PARSERS } from './registry-parsers.ts'
import { RELEASE_PARSERS } from './release-parsers.ts'
import { TEXT_PARSERS } from './text-parsers.ts'

const PARSERS: readonly Parser[] = [
  ...REGISTRY_PARSERS,
  ...BUNDLE_PARSERS,
  ...TEXT_PARSERS,
  ...NODE_PARSERS,
  ...BACKUP_PARSERS,
  ...RELEASE_PARSERS,
  ...MACHINE_PARSERS,
]

/** Milliseconds of a processor for one input of at most 60,000 characters: a machine that does other things does not count. */
const SLOW = 1500
/** Milliseconds by the clock, after which a parser waits for something that does not come. */
const WAITS = 30_000

export const fuzz: Campaign = {
  name: 'fuzz',
  claim: {
    en: 'One input to one parser at a border, near to its grammar: it is parsed or refused with a code within 1.5 seconds of processor time, what is accepted is what was written, and no object gets a foreign prototype. Runs up to seed 1600001 measured the clock: its 24 failures, on a machine with an average load of 30, take at most 66 ms of processor time when they are replayed.',
    zh: '每个用例是边界上某个解析器的一份接近其语法的输入：在 1.5 秒处理器时间内解析完成或以错误代码拒绝，接受的内容与写入的一致，对象原型不会被改变。种子 1600001 及之前的运行按时钟计时：该次运行的 24 个失败出现在平均负载为 30 的机器上，重放时每个最多占用 66 毫秒处理器时间。',
  },
  short: 3000,
  run: (options) =>
    runCases(options, { every: 50_000 }, (seed) => endOf(PARSERS[seed % PARSERS.length] as Parser, seed)),
}

async function endOf(parser: Parser, seed: number): Promise<CaseEnd> {
  const { shown, parse } = parser.draw(seed)
  const [started, before] = [performance.now(), process.cpuUsage()]
  const kind = await attempt(parser, parse)
  const [waited, { user, system }] = [performance.now() - started, process.cpuUsage(before)]
  const took = (user + system) / 1000
  const input = shown.length > 300 ? `${shown.slice(0, 300)}… (${shown.length})` : shown
  const failed = (what: string): CaseEnd => ({ outcomes: [], failure: `${parser.name}: ${what}` })
  if (took > SLOW) return failed(`${Math.round(took)} ms of a processor for ${input}`)
  if (waited > WAITS) return failed(`${Math.round(waited)} ms for ${input}`)
  if ('polluted' in {}) return failed(`a prototype was changed by ${input}`)
  if (kind !== 'accepted' && kind !== 'refused') return failed(`${kind} for ${input}`)
  return { outcomes: [`${parser.name}: ${kind}`] }
}

async function attempt({ mayThrow }: Parser, parse: () => unknown): Promise<string> {
  try {
    await parse()
    return 'accepted'
  } catch (error) {
    if (error instanceof EdgeliftError) return error.code === 'INTERNAL' ? 'INTERNAL' : 'refused'
    return mayThrow.some((kind) => error instanceof kind) ? 'refused' : String(error)
  }
}
