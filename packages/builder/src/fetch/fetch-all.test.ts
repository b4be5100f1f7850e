import type { Store } from '@edgelift/oci'
import { expect, it } from 'vitest'
import { planArchives } from '../plan/plan-archives.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { refuseMissing } from './fetch-all.ts'
import { missingNeeds } from './needs.ts'

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
