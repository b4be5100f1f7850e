import { parseArgs } from 'node:util'
import type { Extent } from './phases.ts'

/** What `./scripts/test` is asked to do. */
export type Task =
  | { readonly kind: 'help' }
  | { readonly kind: 'tests'; readonly extent: Extent }
  | { readonly kind: 'campaign'; readonly name: string; readonly seed: number; readonly count: number }

/** @throws an error for people when options contradict each other or mean nothing */
export function parseArguments(args: readonly string[]): Task {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fast: { type: 'boolean' },
      installation: { type: 'boolean' },
      campaign: { type: 'string' },
      seed: { type: 'string' },
      count: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const { fast = false, installation = false, campaign, help = false } = values
  if (help) return { kind: 'help' }
  const extents = [fast, installation, campaign !== undefined].filter(Boolean)
  if (extents.length > 1) throw new Error('use only one of --fast, --installation and --campaign')
  if (campaign !== undefined) {
    const [seed, count] = [wholeNumber('--seed', values.seed, 1), wholeNumber('--count', values.count, 100)]
    if (count === 0) throw new Error('--count must be at least 1')
    return { kind: 'campaign', name: campaign, seed, count }
  }
  for (const option of ['seed', 'count'] as const)
    if (values[option] !== undefined) throw new Error(`--${option} needs --campaign`)
  return { kind: 'tests', extent: fast ? 'fast' : installation ? 'installation' : 'all' }
}

function wholeNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new Error(`${option} must be a whole number, not "${text}"`)
}
