import { silent } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { expect, it, vi } from 'vitest'
import { fail } from '../codes.ts'
import type { Network } from '../network.ts'
import { planArchives } from '../plan/plan-archives.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { fetchAll, refuseMissing } from './fetch-all.ts'
import { missingNeeds } from './needs.ts'
import { trackTransfers } from './progress.ts'

const plans = planArchives(
  { release: sampleRelease, lock: sampleLock, installer: sampleInstaller },
  { roles: ['cloud', 'edge'], platforms: ['linux/amd64'] },
)

it('names each image and each download that an offline build lacks once, with its size', async () => {
  const store = { has: async () => false } as unknown as Store
  const needs = await missingNeeds(plans, { lock: sampleLock, store })
  expect(() => refuseMissing(needs)).toThrow(
    expect.objectContaining({
      code: 'STORE_INCOMPLETE',
      because: expect.objectContaining({
        en: [
          'charts.edgemesh https://files.example/edgemesh.tgz (4.0 KB)',
          'docker.io/kubeedge/edgemesh-agent:v1.17.0 linux/amd64 (41.4 KB)',
          'docker.io/library/eclipse-mosquitto:1.6.15 linux/amd64 (11.4 KB)',
          'docker.io/library/node:24.21.0-bookworm-slim linux/amd64 (10.0 KB)',
          'files.k3s https://files.example/v1.34.2%2Bk3s1/k3s-amd64 (70.0 KB)',
          'files.tools https://files.example/tools-amd64.tar.gz (5.0 KB)',
        ].join('\n'),
      }),
    }),
  )
})

it('says nothing when nothing is missing', () => {
  expect(() => refuseMissing([])).not.toThrow()
})

it('goes on after a failure, and names each image and download that cannot be had once', async () => {
  const lost = fail('PART_MISMATCH', { what: 'it is another', fix: 'lock again' })
  const ensure = vi.fn(async (_: unknown, label: string) => {
    if (!label.includes('files.k3s') && !label.startsWith('k3s')) throw lost
  })
  const store = { has: async () => false, ensure } as unknown as Store
  const network = {
    concurrency: 2,
    locate: (url: string) => url,
    registry: { fetchManifest: () => Promise.reject(lost) },
  } as unknown as Network
  const needs = await missingNeeds(plans, { lock: sampleLock, store })
  const progress = trackTransfers(silent)
  const { signal } = new AbortController()
  const thrown = await fetchAll(needs, { subject: 'sample 1.0.0', store, network, progress, signal }).catch(
    (error: unknown) => error,
  )
  const json = JSON.parse(JSON.stringify(thrown))
  expect(json.message).toBe('sample 1.0.0: 5 images or files cannot be fetched; no archive was written')
  expect(json.findings.map(({ where }: { where: string }) => where).sort()).toEqual([
    'charts.edgemesh https://files.example/edgemesh.tgz',
    'docker.io/kubeedge/edgemesh-agent:v1.17.0 linux/amd64',
    'docker.io/library/eclipse-mosquitto:1.6.15 linux/amd64',
    'docker.io/library/node:24.21.0-bookworm-slim linux/amd64',
    'files.tools https://files.example/tools-amd64.tar.gz',
  ])
})
