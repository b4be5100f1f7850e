import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { CAMPAIGNS } from '../campaigns/campaigns.ts'

/** The same cases in every run, so that a failure is of the change and not of the day. */
const SEED = 1

describe('campaigns, in their short form', () => {
  it.each(CAMPAIGNS.filter(({ short }) => short > 0))('$name', async ({ name, short, run }) => {
    const folder = await mkdtemp(path.join(tmpdir(), `edgelift-${name}-`))
    try {
      const { failures } = await run({ seed: SEED, count: short, folder, say: () => {} })
      expect(failures).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
