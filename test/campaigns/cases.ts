import type { CampaignCounts, CampaignFailure, CampaignOptions } from './campaign.ts'

/** How a case ended: what is counted of it, and what is wrong. */
export interface CaseEnd {
  readonly outcomes: readonly string[]
  readonly failure?: string | undefined
}

/** Runs the cases of a campaign, `atOnce` at a time; says how far it is after each `every` cases. */
export async function runCases(
  { seed, count, say }: CampaignOptions,
  { every, atOnce = 1 }: { readonly every: number; readonly atOnce?: number },
  one: (seed: number) => Promise<CaseEnd>,
): Promise<CampaignCounts> {
  const counts: Record<string, number> = {}
  const failures: CampaignFailure[] = []
  let [next, done] = [0, 0]
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const { outcomes, failure } = await one(seed + index)
      for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
      if (failure !== undefined) {
        failures.push({ seed: seed + index, what: failure })
        say(`seed ${seed + index} failed: ${failure}`) // long before the others have ended
      }
      if (++done % every === 0) say(`${done} of ${count}, ${failures.length} failed`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return { counts, failures }
}
