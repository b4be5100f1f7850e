import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { CAMPAIGNS } from '../../test/campaigns/campaigns.ts'
import { recordRun } from '../../test/campaigns/results.ts'

/**
 * Runs a campaign in its long form and records the result, failures included.
 * @returns how many cases failed
 */
export async function runCampaign(
  root: string,
  options: { readonly name: string; readonly seed: number; readonly count: number },
): Promise<number> {
  const { name, seed, count } = options
  const campaign = CAMPAIGNS.find((one) => one.name === name)
  if (campaign === undefined) {
    throw new Error(`no campaign ${name}: there is ${CAMPAIGNS.map((one) => one.name).join(', ')}`)
  }
  const folder = await mkdtemp(path.join(tmpdir(), `edgelift-${name}-`))
  const started = performance.now()
  const commit = await sourceOf(root)
  try {
    const say = (line: string) => process.stdout.write(`${line}\n`)
    const { counts, failures } = await campaign.run({ seed, count, folder, say })
    await recordRun(root, name, {
      date: new Date().toISOString().slice(0, 10),
      commit,
      seed,
      count,
      seconds: Math.round((performance.now() - started) / 1000),
      counts: { ...counts },
      failures: [...failures],
    })
    for (const { seed: failed, what } of failures) say(`seed ${failed}: ${what}`)
    for (const [outcome, cases] of Object.entries(counts)) say(`${outcome}: ${cases}`)
    say(`${count - failures.length} passed, ${failures.length} failed`)
    return failures.length
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the campaign itself writes: it does not make the tree another one. */
const WRITTEN = ['test/campaigns/results', 'docs/en/reliability.md', 'docs/zh-CN/reliability.md']

/** The commit whose source runs; `<commit>-dirty` where files differ from it, as `git describe --dirty` says it. */
export async function sourceOf(root: string): Promise<string> {
  const head = await mustExec(exec, 'git', ['rev-parse', '--short', 'HEAD'], { cwd: root })
  const others = WRITTEN.map((place) => `:(exclude)${place}`)
  const changed = await mustExec(exec, 'git', ['status', '--porcelain', '--', '.', ...others], { cwd: root })
  return changed.trim() === '' ? head.trim() : `${head.trim()}-dirty`
}
