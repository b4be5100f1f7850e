import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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

describe('where no Go is new enough', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'edgelift-go-'))
    vi.stubEnv('PATH', folder)
    vi.stubEnv('EDGELIFT_TEST_CACHE', path.join(folder, 'cache'))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true, force: true })
  })

  const refusing = () => startServer((_, response) => response.writeHead(404).end('no such module'))

  it('asks a proxy of plain HTTP, too, and says why it gives nothing, without the proxy’s password', async () => {
    await using proxy = await refusing()
    vi.stubEnv('GOPROXY', `${proxy.url.replace('//', '//me:s3cr%40t@')},direct`)
    const problem = await provideGo(() => {})
    expect(problem).toContain('returned 404')
    expect(problem).toContain(proxy.host)
    expect(problem).not.toMatch(/me:|s3cr/)
    const basic = `Basic ${Buffer.from('me:s3cr@t').toString('base64')}`
    expect(proxy.requests.map(({ headers }) => headers.authorization)).toEqual([basic])
  })

  it.each([
    ['go1.20.5', 'auto', 1],
    ['go1.24.1', 'local', 1],
    ['go1.24.1', 'path', 1],
    ['go1.24.1', 'go1.21.0', 1],
    ['go1.24.1', 'go1.21.0+path', 1],
    ['go1.24.1', 'auto', 0],
    ['go1.24.1', 'go1.21.0+auto', 0],
    ['go1.26.0', 'local', 0],
  ])('%s with GOTOOLCHAIN=%s asks the proxy %i times', async (version, toolchain, times) => {
    await using proxy = await refusing()
    vi.stubEnv('GOPROXY', proxy.url)
    const go = path.join(folder, 'go')
    await writeFile(go, `#!/bin/sh\nprintf '%s\\n' ${version} ${toolchain}\n`, { mode: 0o755 })
    const problem = await provideGo(() => {})
    expect(problem ?? 'enough').toContain(times === 0 ? 'enough' : 'returned 404')
    expect(proxy.requests).toHaveLength(times)
  })
})
