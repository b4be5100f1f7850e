import { createHash } from 'node:crypto'
import { newKey, signingHash, verifyHash } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { planArchives } from '../plan/plan-archives.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { fileOf, recordsOf } from './archive-records.ts'

const [plan] = planArchives(
  { release: sampleRelease, lock: sampleLock, installer: sampleInstaller },
  { roles: ['edge'], platforms: ['linux/amd64'] },
)
if (plan === undefined) throw new Error('the sample has no edge')
const HEX = createHash('sha256').update('content').digest('hex')
const files = plan.entries.map((entry) => fileOf(entry, 7, HEX))
const written = { plan, files, packed: { size: 512, sha256: HEX } }
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

it('lists every file and the manifest in SHA256SUMS, and nothing else', () => {
  const [manifest, sums, ...more] = recordsOf(written, undefined, undefined)
  expect([manifest?.[0], sums?.[0], more]).toEqual(['manifest.json', 'SHA256SUMS', []])
  const lines = String(sums?.[1]).trimEnd().split('\n')
  expect(lines).toEqual(
    [
      ...files.map(({ path }) => `${HEX}  ${path}`),
      `${sha256(manifest?.[1] ?? Buffer.of())}  manifest.json`,
    ].sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)),
  )
  expect(JSON.parse(String(manifest?.[1]))).toMatchObject({
    role: 'edge',
    packed: written.packed,
    files: files.map(({ path, integrity }) => ({ path, integrity })),
  })
})

it('signs SHA256SUMS for this archive and release; the time is in it only where it is fixed', () => {
  const key = newKey()
  const commentWith = (time: { now: number; fixed?: number }): string => {
    const [, sums, signature] = recordsOf(written, key, time)
    const text = String(signature?.[1])
    expect(signature?.[0]).toBe('SHA256SUMS.minisig')
    const hash = signingHash()
      .update(sums?.[1] ?? '')
      .digest()
    return verifyHash(hash, text, key, 'SHA256SUMS')
  }
  const said = `${plan.name}/SHA256SUMS release:${sampleRelease.name}-${sampleRelease.version}`
  expect(commentWith({ now: 9 })).toBe(said)
  expect(commentWith({ now: 9, fixed: 5 })).toBe(`${said} timestamp:5`)
})
