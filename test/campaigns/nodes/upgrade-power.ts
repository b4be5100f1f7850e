import { setTimeout as sleep } from 'node:timers/promises'
import { type Archives, releaseArchives, secondReleaseArchives } from '../../support/archives.ts'
import { laidState } from '../../support/laid-state.ts'
import { airGappedPair } from '../../support/nodes/index.ts'
import type { TestNode } from '../../support/nodes/types.ts'
import { inDirectory, takeJoinFile, unpackOn } from '../../support/unpacked.ts'
import type { Campaign } from '../campaign.ts'
import { type CaseEnd, runCases } from '../cases.ts'
import { type Random, randomOf } from '../random.ts'
import { CUTS, cutOff, SPREAD } from './cut.ts'

type Verb = 'upgrade' | 'rollback'
const LINES: Readonly<Record<Verb, string>> = {
  upgrade: './install.sh --yes --keep-previous',
  rollback: './edgelift rollback --yes',
}

export const upgradePower: Campaign = {
  name: 'upgrade-power',
  claim: {
    en: 'Power loss at random moments of an upgrade to the second shipped release and then of its rollback, on a cloud or an edge node, each up to three times in a row, on a disk that loses what was not flushed. The command that is run again succeeds; after the upgrade nothing is left to change, after the rollback the files, images and services of the first release are back. Its short form is `test/nodes/rollback.test.ts`.',
    zh: '在云端或边缘节点上，先在升级到第二个随附版本的过程中、后在回滚过程中的随机时刻断电，各最多连续三次；磁盘会丢失尚未刷写的内容。再次运行同一命令均成功；升级后没有任何待更改的内容，回滚后第一个版本的文件、镜像与服务全部恢复。其短版本为 `test/nodes/rollback.test.ts`。',
  },
  short: 0,
  async run(options) {
    let site: Site | undefined
    try {
      return await runCases(options, { every: 1 }, async (seed) => {
        const random = randomOf(seed)
        site ??= await openSite()
        const end = await disturbed(site[random.pick(['cloud', 'edge', 'edge'] as const)], random)
        if (end.failure !== undefined) {
          await site[Symbol.asyncDispose]() // the next case begins on machines of its own
          site = undefined
        }
        return end
      })
    } finally {
      await site?.[Symbol.asyncDispose]()
    }
  },
}

interface Side {
  readonly node: TestNode
  /** The unpacked archives of the release that is installed, and of the one that it is upgraded to. */
  readonly first: string
  readonly next: string
  /** What the first release has laid down. */
  readonly before: string
  /** Milliseconds that each takes when nothing disturbs it. */
  readonly times: Readonly<Record<Verb, number>>
}

interface Site extends AsyncDisposable {
  readonly cloud: Side
  readonly edge: Side
}

/** A cloud and an edge with the first release, each upgraded and rolled back once, undisturbed. */
async function openSite(): Promise<Site> {
  const releases = { first: await releaseArchives(), next: await secondReleaseArchives() }
  const pair = await airGappedPair({ volatileDisk: true })
  const cloud = await unpacked(pair.cloud, releases)
  await succeed(pair.cloud, cloud.first, './install.sh --yes --node-ip 10.77.0.1')
  const edge = await unpacked(pair.edge, releases)
  await takeJoinFile(pair, { cloud: cloud.first, edge: edge.first })
  await succeed(pair.edge, edge.first, './install.sh --yes --config edge-join.yaml')
  return {
    cloud: await measured(pair.cloud, cloud),
    edge: await measured(pair.edge, edge),
    [Symbol.asyncDispose]: () => Promise.resolve(pair[Symbol.asyncDispose]()),
  }
}

type Unpacked = Pick<Side, 'first' | 'next'>

async function unpacked(
  node: TestNode,
  { first, next }: Record<keyof Unpacked, Archives>,
): Promise<Unpacked> {
  const role = node.name === 'cloud' ? 'cloud' : 'edge'
  return { first: await unpackOn(node, first[role]), next: await unpackOn(node, next[role]) }
}

async function measured(node: TestNode, { first, next }: Unpacked): Promise<Side> {
  const before = await laidState(node)
  const upgrade = await succeed(node, next, LINES.upgrade)
  const rollback = await succeed(node, next, LINES.rollback)
  const side = { node, first, next, before, times: { upgrade, rollback } }
  const left = await notAsBefore(side)
  if (left !== undefined) throw new Error(left)
  await node.exec('sync -f / && sync -f /var/lib')
  return side
}

/** @returns milliseconds that it took */
async function succeed(node: TestNode, directory: string, line: string): Promise<number> {
  const start = performance.now()
  const { code, stdout, stderr } = await inDirectory(node, directory, line)
  if (code !== 0) throw new Error(`${line} ended with ${code}\n${stdout}${stderr}`)
  return performance.now() - start
}

async function disturbed(side: Side, random: Random): Promise<CaseEnd> {
  const { node, next: directory, times } = side
  const outcomes: string[] = []
  for (const verb of ['upgrade', 'rollback'] as const) {
    for (let cuts = 1 + random.below(CUTS); cuts > 0; cuts--) {
      const moment = random.below(Math.ceil(times[verb] * SPREAD))
      const inTime = await cutOff({ node, directory, line: LINES[verb], cut: 'power loss', moment })
      outcomes.push(`${node.name}: ${verb}: ${inTime ? 'power loss' : 'ended first'}`)
    }
    const problem = await problemOf(side, verb)
    if (problem !== undefined) return { outcomes, failure: `${outcomes.join(', ')}: ${problem}` }
  }
  return { outcomes }
}

/** What is wrong after the command was run once more, to its end. */
async function problemOf(side: Side, verb: Verb): Promise<string | undefined> {
  const { node, next } = side
  const { code, stdout, stderr } = await inDirectory(node, next, LINES[verb])
  // One that the power loss met after its end has nothing to go back to any more.
  const isDone = verb === 'rollback' && stderr.includes('error[ROLLBACK_IMPOSSIBLE]')
  if (code !== 0 && !isDone) return `${verb} ended with ${code}: ${(stdout + stderr).slice(-600)}`
  if (verb === 'rollback') return await notAsBefore(side)
  const again = await inDirectory(node, next, `${LINES.upgrade} --json`)
  if (again.code !== 0) return `run again, it ended with ${again.code}: ${again.stderr.slice(-600)}`
  const { changed, applied } = JSON.parse(again.stdout) as { changed: boolean; applied: unknown[] }
  return changed ? `run again, it changed ${JSON.stringify(applied).slice(0, 600)}` : undefined
}

const RUNS = 3
const LATER = 30_000 // ms: kubelet removes containers of pods that are gone within a minute

/**
 * What is not as the first release has laid it, after runs of its own: they remove images that containers of the other
 * release still needed, and nothing else.
 */
async function notAsBefore({ node, first, before }: Side): Promise<string | undefined> {
  const was = before.split('\n')
  let found: string[] = []
  for (let run = 0; run < RUNS; run++) {
    if (run > 0) await sleep(LATER)
    const { code, stdout, stderr } = await inDirectory(node, first, './install.sh --yes')
    if (code !== 0) return `the first release ended with ${code}: ${(stdout + stderr).slice(-600)}`
    const is = (await laidState(node)).split('\n')
    const gone = was.filter((line) => !is.includes(line)).map((line) => `gone: ${line}`)
    const left = is.filter((line) => !was.includes(line)).map((line) => `left: ${line}`)
    found = [...gone, ...left]
    if (left.length === 0 || !left.every((line) => line.startsWith('left: docker.io/'))) break
  }
  return found.length === 0 ? undefined : found.slice(0, 8).join(' | ')
}
