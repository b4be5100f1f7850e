import { EdgeliftError } from '@edgelift/core'
import type { Campaign, CampaignFailure } from '../campaign.ts'
import { BUNDLE_PARSERS } from './bundle-parsers.ts'
import type { Parser } from './parser.ts'
import { REGISTRY_PARSERS } from './registry-parsers.ts'
import { TEXT_PARSERS } from './text-parsers.ts'

const PARSERS: readonly Parser[] = [...REGISTRY_PARSERS, ...BUNDLE_PARSERS, ...TEXT_PARSERS]

/** Milliseconds for one input of at most 60,000 characters, on a machine that does other things too. */
const SLOW = 1500

export const fuzz: Campaign = {
  name: 'fuzz',
  claim:
    'One input to one parser at a border, near to its grammar: it is parsed or refused with a code within 1.5 seconds, what is accepted is what was written, and no object gets a foreign prototype.',
  short: 3000,
  async run({ seed, count, say }) {
    const counts: Record<string, number> = {}
    const failures: CampaignFailure[] = []
    for (let index = 0; index < count; index++) {
      const own = seed + index
      const parser = PARSERS[own % PARSERS.length] as Parser
      const found = await outcome(parser, own)
      if (found.failure === undefined) {
        const key = `${parser.name}: ${found.kind}`
        counts[key] = (counts[key] ?? 0) + 1
      } else failures.push({ seed: own, what: `${parser.name}: ${found.failure}` })
      if (index > 0 && index % 50_000 === 0) say(`${index} of ${count}, ${failures.length} failed`)
    }
    return { counts, failures }
  },
}

type Outcome =
  | { readonly kind: 'accepted' | 'refused'; readonly failure?: undefined }
  | { readonly failure: string }

async function outcome(parser: Parser, seed: number): Promise<Outcome> {
  const { shown, parse } = parser.draw(seed)
  const started = performance.now()
  const kind = await attempt(parser, parse)
  const took = performance.now() - started
  const input = shown.length > 300 ? `${shown.slice(0, 300)}… (${shown.length})` : shown
  if (took > SLOW) return { failure: `${Math.round(took)} ms for ${input}` }
  if ('polluted' in {}) return { failure: `a prototype was changed by ${input}` }
  return kind === 'accepted' || kind === 'refused' ? { kind } : { failure: `${kind} for ${input}` }
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
