import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf } from '@edgelift/core'
import { openTransport } from '@edgelift/oci'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startUpstream, type Upstream } from '../../test/support/upstream/upstream.ts'
import { fetchCharts } from './upstream-charts.ts'

const CHART = { file: 'v1/chart.tgz', url: 'https://files.example/chart.tgz', digest: digestOf('a chart') }
const CRD = { file: 'v1/crds/a.yaml', url: 'https://files.example/a.yaml', digest: digestOf('a CRD') }

let work: string
let upstream: Upstream
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-charts-'))
  const files = [
    { url: CHART.url, content: { bytes: Buffer.from('a chart') } },
    { url: CRD.url, content: { bytes: Buffer.from('a CRD') } },
  ]
  upstream = await startUpstream({ content: { files, images: [] } })
})
afterAll(async () => {
  await upstream?.[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

async function fetchInto(folder: string, charts: Parameters<typeof fetchCharts>[0]) {
  await using transport = openTransport({
    plainHttp: [new URL(upstream.origin).host],
    timeouts: { attempts: 1 },
  })
  return await fetchCharts(charts, { folder, transport, locate: upstream.urlOf })
}

it('keeps what has the digests of upstream, in the layout of EDGELIFT_SHARED', async () => {
  expect(await fetchInto(path.join(work, 'whole'), [CHART, CRD])).toBeUndefined()
  expect(await readFile(path.join(work, 'whole', CHART.file), 'utf8')).toBe('a chart')
  expect(await readFile(path.join(work, 'whole', CRD.file), 'utf8')).toBe('a CRD')
})

it('keeps nothing when one is out of reach, and says which', async () => {
  const gone = { ...CRD, url: 'https://files.example/gone.yaml' }
  expect(await fetchInto(path.join(work, 'half'), [CHART, gone])).toContain(`${gone.url} cannot be fetched`)
  expect(await readdir(work)).not.toContain('half')
})

it('fails when one is another than upstream published', async () => {
  const other = { ...CRD, digest: digestOf('another CRD') }
  await expect(fetchInto(path.join(work, 'other'), [CHART, other])).rejects.toThrow(/a\.yaml has the digest/)
  expect(await readdir(work)).not.toContain('other')
})
