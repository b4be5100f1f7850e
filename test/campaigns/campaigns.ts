import type { Campaign } from './campaign.ts'

/** Every campaign. A new one is added here and appears in the command, the short form and docs/reliability.md. */
export const CAMPAIGNS: readonly Campaign[] = []
