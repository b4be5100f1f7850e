import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { exec } from './exec.ts'

const child = path.join(import.meta.dirname, 'small-heap.child.ts')
const run = path.join(import.meta.dirname, '../../../scripts/run.mjs')

async function youngBytes(how: string): Promise<number> {
  const { code, stdout } = await exec(process.execPath, [run, child, how])
  expect(code).toBe(0)
  return Number(stdout)
}

describe('keepHeapSmall', () => {
  it('holds although a thread has started, which sets the growth back', async () => {
    expect(await youngBytes('small')).toBeLessThan(5_000_000)
    expect(await youngBytes('as V8 likes')).toBeGreaterThan(10_000_000)
  }, 60_000)
})
