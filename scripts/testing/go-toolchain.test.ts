import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, vi } from 'vitest'
import { startServer } from '../../packages/oci/src/testing/test-server.ts'
import { moduleSum, provideGo } from './go-toolchain.ts'

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

it('asks a proxy of plain HTTP, too, and says why it gives nothing, without the proxy’s password', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-go-'))
  await using proxy = await startServer((_, response) => response.writeHead(404).end('no such module'))
  vi.stubEnv('PATH', folder)
  vi.stubEnv('EDGELIFT_TEST_CACHE', folder)
  vi.stubEnv('GOPROXY', `${proxy.url.replace('//', '//me:s3cret@')},direct`)
  try {
    const problem = await provideGo(() => {})
    expect(problem).toContain('returned 404')
    expect(problem).toContain(proxy.host)
    expect(problem).not.toMatch(/me:|s3cret/)
  } finally {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true, force: true })
  }
})
