import type { NodeOptions } from '../../support/nodes/types.ts'
import { AS_FRESH, LIVING, layTheirRules, settledChanges } from '../../support/undisturbed.ts'
import type { Campaign, CampaignCounts, CampaignOptions } from '../campaign.ts'
import { type CaseEnd, runCases } from '../cases.ts'
import { type Random, randomOf } from '../random.ts'
import { CUTS, cutOff, type Interruption, SPREAD } from './cut.ts'
import { openSide, type Role, type Side, type Verb } from './side.ts'

export const nodes: Campaign = {
  name: 'nodes',
  claim: {
    en: 'kill -9 and power loss at random moments of `install.sh` and then of `cleanup.sh` on a cloud or an edge node, each up to three times in a row. The command that is run again succeeds; after the installation nothing is left to change and the node is as after an undisturbed one, after the cleanup it is as before. Power loss ends every process at once and leaves the disk as the kernel has it. Its short form is `test/nodes/installation.test.ts`, which cuts at every step.',
    zh: '在云端或边缘节点上，先在 `install.sh`、后在 `cleanup.sh` 的随机时刻执行 kill -9 或断电，各最多连续三次。再次运行同一命令均成功；安装后没有任何待更改的内容，节点与未受干扰的安装结果一致；清理后节点恢复原状。断电即同时终止所有进程，磁盘保持内核所见的内容。其短版本为 `test/nodes/installation.test.ts`，在每个步骤中断。',
  },
  short: 0,
  run: (options) => runOnSides(options, {}, ['kill -9', 'power loss']),
}

export const nodePower: Campaign = {
  name: 'node-power',
  claim: {
    en: 'Power loss at random moments of `install.sh` and then of `cleanup.sh` on a cloud or an edge node, each up to three times in a row, on a disk that loses what was not flushed: of the blocks written since the last flush each is old or new. What must hold is as for `nodes`; the unpacked archive and the join file had reached the disk.',
    zh: '在云端或边缘节点上，先在 `install.sh`、后在 `cleanup.sh` 的随机时刻断电，各最多连续三次；磁盘会丢失尚未刷写的内容：自上次刷写以来写入的每个块，或新或旧。要求与 `nodes` 相同；解压后的离线包和接入文件此前已写入磁盘。',
  },
  short: 0,
  run: (options) => runOnSides(options, { volatileDisk: true }, ['power loss']),
}

async function runOnSides(
  options: CampaignOptions,
  nodeOptions: NodeOptions,
  interruptions: readonly Interruption[],
): Promise<CampaignCounts> {
  const sides = new Map<Role, Side>()
  try {
    return await runCases(options, { every: 1 }, async (seed) => {
      const random = randomOf(seed)
      const role = random.pick(['cloud', 'edge', 'edge'] as const) // an edge takes half of the time
      const side = sides.get(role) ?? (await openSide(role, nodeOptions))
      sides.set(role, side)
      const end = await disturbed(side, random, interruptions)
      if (end.failure !== undefined) {
        sides.delete(role) // the next case begins on a machine of its own
        await side[Symbol.asyncDispose]()
      }
      return end
    })
  } finally {
    for (const side of sides.values()) await side[Symbol.asyncDispose]()
  }
}

async function disturbed(
  side: Side,
  random: Random,
  interruptions: readonly Interruption[],
): Promise<CaseEnd> {
  await side.prepare()
  const outcomes: string[] = []
  for (const verb of ['install', 'cleanup'] as const) {
    const cut = random.pick(interruptions)
    for (let cuts = 1 + random.below(CUTS); cuts > 0; cuts--) {
      const moment = random.below(Math.ceil(side.times[verb] * SPREAD))
      const { node, directory, lines } = side
      const inTime = await cutOff({ node, directory, line: lines[verb], cut, moment })
      if (cut === 'power loss') await layTheirRules(node)
      outcomes.push(inTime ? `${side.role}: ${verb}: ${cut}` : `${side.role}: ${verb}: ended first`)
    }
    const problem = await problemOf(side, verb)
    if (problem !== undefined)
      return { outcomes, failure: `${side.role}: ${outcomes.join(', ')}: ${problem}` }
  }
  return { outcomes }
}

/** A disk that has lost its power is another loop device, and its root is mounted once more. */
const REPLUGGED = [/^blockdev@dev-loop\d+\.target /, /^\/ overlay /]

/** What is wrong after the command was run once more, to its end. */
async function problemOf(side: Side, verb: Verb): Promise<string | undefined> {
  const { code, stdout, stderr } = await side.run(side.lines[verb])
  if (code !== 0) return `${verb} ended with ${code}: ${(stdout + stderr).slice(-600)}`
  if (verb === 'install') {
    const again = await side.run(`${side.lines.install} --json`)
    if (again.code !== 0) return `run again, it ended with ${again.code}: ${again.stderr.slice(-600)}`
    const { changed, applied } = JSON.parse(again.stdout) as { changed: boolean; applied: unknown[] }
    if (changed) return `run again, it changed ${JSON.stringify(applied).slice(0, 600)}`
  }
  const [before, ignored] = verb === 'install' ? [side.installed, LIVING] : [side.fresh, AS_FRESH]
  const left = await settledChanges(side.node, before, [...ignored, ...REPLUGGED])
  return left.length === 0 ? undefined : `after ${verb}: ${left.slice(0, 8).join(' | ')}`
}
