import type { Text } from '@edgelift/core'

/** Many random cases of one kind, each of which follows from its seed alone. */
export interface Campaign {
  readonly name: string
  /** What a case does and what must hold, in one sentence. */
  readonly claim: Text
  /** Cases of the short form, which runs with the integration tests and takes seconds; 0 where tests on nodes are that. */
  readonly short: number
  run(options: CampaignOptions): Promise<CampaignCounts>
}

export interface CampaignOptions {
  /** The case with index `i` has the seed `seed + i`, so a failed case is replayed with its own seed and a count of 1. */
  readonly seed: number
  readonly count: number
  /** An empty folder for this run; its owner removes it. */
  readonly folder: string
  readonly say: (line: string) => void
}

export interface CampaignCounts {
  /** How many cases had which outcome. Keys are shown in the report. */
  readonly counts: Readonly<Record<string, number>>
  readonly failures: readonly CampaignFailure[]
}

export interface CampaignFailure {
  readonly seed: number
  readonly what: string
}
