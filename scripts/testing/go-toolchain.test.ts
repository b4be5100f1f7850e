import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { moduleSum } from './go-toolchain.ts'

it('sums a module’s files up as the checksum database does', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-sum-'))
  try {
    // dirhash.Hash1 of two empty files: printf of `sha256sum`'s lines, sorted, through sha256sum and base64.
    await mkdir(path.join(folder, 'm@v1.0.0/b'), { recursive: true })
    for (const name of ['b/c.go', 'go.mod']) await writeFile(path.join(folder, 'm@v1.0.0', name), '')
    expect(await moduleSum(folder)).toBe('h1:Q7hbLDdB9k+F2OdzselGzN7Ng/tJxcVg9FXT0KD8ADk=')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
