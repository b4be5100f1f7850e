import type { TestProject } from 'vitest/node'
import { type PartName, parts } from './parts.ts'

/** What the integration tests take from `parts`. */
export const INTEGRATION_PARTS: readonly PartName[] = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'helm']

/**
 * Builds what is missing before the first test. On a new machine that takes longer than any hook may, and here nothing
 * limits it: a build that makes no progress fails by itself.
 */
export async function setup({ name }: TestProject): Promise<void> {
  await parts(name === 'integration' ? INTEGRATION_PARTS : undefined)
}
