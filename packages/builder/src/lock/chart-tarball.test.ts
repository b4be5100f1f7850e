import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { chartFacts, packChart, readChartFolder, readPackedChart } from './chart-tarball.ts'

const SHARED = process.env.EDGELIFT_SHARED ?? path.resolve(import.meta.dirname, '../../../../../shared')
const CLOUDCORE = path.join(SHARED, 'upstream/kubeedge-v1.22.0/source-charts-cloudcore.tar.gz')
const EDGEMESH = path.join(SHARED, 'upstream/edgemesh-v1.17.0/edgemesh.tgz')

type Entry = Parameters<ReturnType<typeof pack>['entry']>[0] & { body?: string }

async function* tarball(...entries: Entry[]): AsyncGenerator<Uint8Array> {
  const tar = pack()
  for (const { body, ...header } of entries) tar.entry(header, body ?? '')
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  yield gzipSync(Buffer.concat(chunks))
}

const CHART: Entry = { name: 'c/Chart.yaml', body: 'name: c\nversion: 1.0.0\n' }

describe('a packed chart from the network', () => {
  it('is read with its sub-charts', async () => {
    const files = await readPackedChart(createReadStream(EDGEMESH), 'edgemesh')
    expect(chartFacts(files, 'edgemesh')).toEqual({ name: 'edgemesh', version: '0.1.0', placeholder: false })
    expect(files.has('charts/agent/templates/05-daemonset.yaml')).toBe(true)
  })

  it.each<[string, Entry[], RegExp]>([
    ['a path with ..', [CHART, { name: 'c/../../etc/cron.d/x', body: 'x' }], /leaves the chart/],
    ['an absolute path', [CHART, { name: '/etc/cron.d/x', body: 'x' }], /leaves the chart/],
    ['a symbolic link', [CHART, { name: 'c/l', type: 'symlink', linkname: '/etc/passwd' }], /is a symlink/],
    ['a hard link', [CHART, { name: 'c/l', type: 'link', linkname: 'c/Chart.yaml' }], /is a link/],
    ['a device', [CHART, { name: 'c/d', type: 'character-device' }], /is a character-device/],
    ['two folders', [CHART, { name: 'd/x', body: 'x' }], /one folder/],
    ['one name twice', [CHART, CHART], /twice/],
    ['nothing', [], /one folder/],
  ])('is refused with %s', async (_, entries, because) => {
    await expect(readPackedChart(tarball(...entries), 'charts.c')).rejects.toMatchObject({
      code: 'TARBALL_REFUSED',
      because: { en: expect.stringMatching(because) },
    })
  })

  it('is refused when it is a bomb, long before it is unpacked', async () => {
    const bomb = tarball({ name: 'c/zeros', body: '0'.repeat(40 * 1024 * 1024) })
    await expect(readPackedChart(bomb, 'charts.c')).rejects.toMatchObject({
      code: 'TARBALL_REFUSED',
      because: { en: expect.stringMatching(/unpacks to more than/) },
    })
  })

  it('is refused when it is cut, or a web page', async () => {
    const whole = await readFile(EDGEMESH)
    for (const bytes of [whole.subarray(0, 30_000), Buffer.from('<!doctype html>')]) {
      await expect(readPackedChart(Readable.from([bytes]), 'c')).rejects.toMatchObject({
        code: 'TARBALL_REFUSED',
      })
    }
  })

  it('is refused without a Chart.yaml', async () => {
    const files = await readPackedChart(tarball({ name: 'c/values.yaml', body: 'a: 1' }), 'c')
    expect(() => chartFacts(files, 'c')).toThrow(/TARBALL_REFUSED/)
  })
})

describe('a chart folder in a source tarball', () => {
  it('is taken out, and packed to the same bytes whatever the order and the times were', async () => {
    const folder = 'kubeedge-1.22.0/manifests/charts/cloudcore'
    const files = await readChartFolder(createReadStream(CLOUDCORE), { folder, label: 'cloudcore' })
    expect(chartFacts(files, 'cloudcore').name).toBe('cloudcore')
    const packed = packChart(files, 'cloudcore')
    expect(Buffer.from(packChart(new Map([...files].reverse()), 'cloudcore'))).toEqual(Buffer.from(packed))
    expect(await readPackedChart(Readable.from([packed]), 'cloudcore')).toEqual(
      new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
    )
  })

  it('does not mind what lies beside the folder', async () => {
    const files = await readChartFolder(
      tarball({ name: 's/link', type: 'symlink', linkname: '/etc' }, { ...CHART, name: 's/c/Chart.yaml' }),
      { folder: 's/c/', label: 'c' },
    )
    expect([...files.keys()]).toEqual(['Chart.yaml'])
  })

  it('is named when it is not there', async () => {
    await expect(
      readChartFolder(tarball(CHART), { folder: 'nowhere', label: 'charts.c' }),
    ).rejects.toMatchObject({ code: 'MEMBER_MISSING', what: { en: expect.stringContaining('nowhere') } })
  })
})
