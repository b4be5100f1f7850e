import { type Digest, digestOf, type WorkEvent } from '@edgelift/core'
import { openReporter } from '@edgelift/core/cli'
import type { Store } from '@edgelift/oci'
import { describe, expect, it } from 'vitest'
import { planArchives } from '../plan/plan-archives.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { missingNeeds, needLabel, storedSize, transferSize } from './needs.ts'
import { trackTransfers } from './progress.ts'

const plans = planArchives(
  { release: sampleRelease, lock: sampleLock, installer: sampleInstaller },
  { roles: ['cloud', 'edge'], platforms: ['linux/amd64'] },
)

function needsWith(...there: Digest[]) {
  const store = { has: async (digest: Digest) => there.includes(digest) } as unknown as Store
  return missingNeeds(plans, { lock: sampleLock, store })
}

describe('missingNeeds', () => {
  it('names each thing once for all archives', async () => {
    const needs = await needsWith()
    const blobs = needs.flatMap((need) => ('blob' in need ? [need.blob.digest] : []))
    expect(new Set(blobs).size).toBe(blobs.length)
    expect(blobs.filter((digest) => digest === digestOf('common layer'))).toHaveLength(1)
    expect(needs.filter((need) => need.kind === 'manifest')).toHaveLength(2)
    expect(needs.filter((need) => need.kind === 'download').map(needLabel)).toHaveLength(3)
  })

  it('asks for the layers of an image only where a file out of it is missing', async () => {
    const own = digestOf('node layer')
    expect((await needsWith()).some((need) => 'blob' in need && need.blob.digest === own)).toBe(true)
    const needs = await needsWith(digestOf('node'))
    expect(needs.some((need) => 'blob' in need && need.blob.digest === own)).toBe(false)
    expect(needs.some((need) => need.kind === 'image-files')).toBe(false)
  })

  it('does not ask for a tarball whose members are there', async () => {
    const needs = await needsWith(digestOf('ctr'))
    expect(needs.map(needLabel).join('\n')).not.toContain('files.tools')
  })

  it('counts what is transferred and what is taken out of it', async () => {
    const tools = (await needsWith()).find((need) => needLabel(need).startsWith('files.tools'))
    expect(tools && transferSize(tools)).toBe(5_000)
    expect(tools && storedSize(tools)).toBe(14_000)
  })
})

it('adds transfers up to a total, each byte once', async () => {
  const events: WorkEvent[] = []
  const progress = trackTransfers((event) => events.push(event))
  const needs = (await needsWith()).filter((need) => need.kind === 'download')
  progress.begin(needs)
  progress.report({ type: 'transfer', id: 'a', label: 'a', done: 1000, total: 5000 })
  progress.report({ type: 'transfer', id: 'a', label: 'a', done: 5000, total: 5000 })
  progress.report({ type: 'transferred', id: 'a', label: 'a', fetched: 5200 })
  for (const need of needs.slice(0, 1)) progress.finished(need)
  expect(events.filter((event) => event.type === 'total').at(-1)).toEqual({
    ...{ type: 'total', done: 5000, total: 79_000 },
    ...{ items: 1, of: 3 },
  })
  expect(progress.fetched()).toBe(5200)
})

it('a log has one line for each image, when the last of its blobs is here, and the total', async () => {
  let text = ''
  const output = { write: (piece: string) => (text += piece), isTTY: false, columns: 80 }
  const reporter = openReporter({ output, env: {}, lang: 'en', quiet: false, verbose: false })
  const progress = trackTransfers(reporter.report)
  const needs = (await needsWith()).flatMap((need) =>
    (need.kind === 'blob' || need.kind === 'manifest') && need.image.reference.includes('edgemesh-agent')
      ? [need]
      : [],
  )
  progress.begin(needs)
  for (const need of needs) {
    const [id, label] = [need.blob.digest, `${need.image.reference} ${need.blob.digest}`]
    progress.report({ type: 'transferred', id, label, fetched: need.blob.size })
    progress.finished(need)
  }
  expect(text.split('\n').filter((line) => !line.startsWith('  total'))).toEqual([
    '  docker.io/kubeedge/edgemesh-agent:v1.17.0 linux/amd64  41.4 KB',
    '',
  ])
  expect(progress.fetched()).toBe(41_400)
})
