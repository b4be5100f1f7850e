import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec } from '@edgelift/core'
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
  try {
    const say = (line: string) => process.stdout.write(`${line}\n`)
    const { counts, failures } = await campaign.run({ seed, count, folder, say })
    const { stdout } = await exec('git', ['rev-parse', '--short', 'HEAD'], { cwd: root })
    await recordRun(root, name, {
      date: new Date().toISOString().slice(0, 10),
      commit: stdout.trim(),
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
