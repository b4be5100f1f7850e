import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const Run = z.strictObject({
  /** Of the day, UTC. */
  date: z.string(),
  commit: z.string(),
  seed: z.number(),
  count: z.number(),
  seconds: z.number(),
  counts: z.record(z.string(), z.number()),
  failures: z.array(z.strictObject({ seed: z.number(), what: z.string() })),
})
export type CampaignRun = z.infer<typeof Run>

/** Under the repository's root. One file for each campaign, so that two runs do not write the same one. */
const RESULTS = 'test/campaigns/results'

/** The recorded runs of a campaign, oldest first; none where it has never run. */
export async function recordedRuns(root: string, name: string): Promise<CampaignRun[]> {
  const text = await readFile(fileOf(root, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw error
  })
  return z.array(Run).parse(JSON.parse(text))
}

export async function recordRun(root: string, name: string, run: CampaignRun): Promise<void> {
  const runs = [...(await recordedRuns(root, name)), run]
  await mkdir(path.join(root, RESULTS), { recursive: true })
  await writeFile(fileOf(root, name), `${JSON.stringify(runs, null, 2)}\n`)
}

function fileOf(root: string, name: string): string {
  return path.join(root, RESULTS, `${name}.json`)
}
