import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { deflateSync, gunzipSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { chartFacts, packChart, readChartFolder, readPackedChart } from './chart-tarball.ts'

type Entry = Parameters<ReturnType<typeof pack>['entry']>[0] & { body?: string }

async function* tarball(...entries: Entry[]): AsyncGenerator<Uint8Array> {
  const tar = pack()
  for (const { body, ...header } of entries) tar.entry(header, body ?? '')
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  yield gzipSync(Buffer.concat(chunks))
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const CHART: Entry = { name: 'c/Chart.yaml', body: 'name: c\nversion: 1.0.0\n' }
/** As helm packs a chart with a sub-chart: files without their folders, some in `./`. */
const PACKED: readonly Entry[] = [
  {
    name: 'mesh/Chart.yaml',
    body: 'apiVersion: v2\nname: mesh\nversion: 0.1.0\ndependencies: [{name: agent}]\n',
  },
  { name: './mesh/values.yaml', body: 'agent: {}\n' },
  { name: 'mesh/charts/agent/Chart.yaml', body: 'name: agent\nversion: 0.1.0\n' },
  { name: 'mesh/charts/agent/templates/daemonset.yaml', body: 'kind: DaemonSet\n' },
]
/** As a forge packs a source tree: folders before their files, links elsewhere. */
const SOURCE: readonly Entry[] = [
  { name: 's-1.0.0/', type: 'directory' },
  { name: 's-1.0.0/LICENSE', body: 'terms' },
  { name: 's-1.0.0/latest', type: 'symlink', linkname: 's-1.0.0' },
  { name: 's-1.0.0/charts/c/', type: 'directory' },
  { name: 's-1.0.0/charts/c/Chart.yaml', body: 'name: c\nversion: 1.0.0\n', mtime: new Date(0) },
  { name: 's-1.0.0/charts/c/templates/', type: 'directory' },
  { name: 's-1.0.0/charts/c/templates/a.yaml', body: 'kind: A\n', mode: 0o600 },
]

describe('a packed chart from the network', () => {
  it('is read with its sub-charts', async () => {
    const files = await readPackedChart(tarball(...PACKED), 'mesh')
    expect(chartFacts(files, 'mesh')).toEqual({ name: 'mesh', version: '0.1.0', placeholder: false })
    expect([...files.keys()]).toEqual([
      'Chart.yaml',
      'values.yaml',
      'charts/agent/Chart.yaml',
      'charts/agent/templates/daemonset.yaml',
    ])
  })

  it.each<[string, Entry[], RegExp]>([
    ['a path with ..', [CHART, { name: 'c/../../etc/cron.d/x', body: 'x' }], /leaves the chart/],
    ['an absolute path', [CHART, { name: '/etc/cron.d/x', body: 'x' }], /leaves the chart/],
    ['a symbolic link', [CHART, { name: 'c/l', type: 'symlink', linkname: '/etc/passwd' }], /is a symlink/],
    ['a hard link', [CHART, { name: 'c/l', type: 'link', linkname: 'c/Chart.yaml' }], /is a link/],
    ['a device', [CHART, { name: 'c/d', type: 'character-device' }], /is a character-device/],
    ['two folders', [CHART, { name: 'd/x', body: 'x' }], /one folder/],
    ['nothing', [], /one folder/],
  ])('is refused with %s', async (_, entries, because) => {
    await expect(readPackedChart(tarball(...entries), 'charts.c')).rejects.toMatchObject({
      code: 'TARBALL_REFUSED',
      because: { en: expect.stringMatching(because) },
    })
  })

  it.each([
    ['c//values.yaml'],
    ['c/./values.yaml'],
    ['./c/values.yaml'],
    ['c/templates/../values.yaml'],
    ['c\\values.yaml'], // packed on Windows
  ])('may have the name %s, which Helm cleans', async (name) => {
    const files = await readPackedChart(tarball(CHART, { name, body: 'a: 1' }), 'c')
    expect([...files.keys()]).toEqual(['Chart.yaml', 'values.yaml'])
  })

  it.each(['..\\x', 'c\\..\\..\\x', 'c/a\\b', '..'])('is refused with the name %s', async (name) => {
    await expect(readPackedChart(tarball(CHART, { name, body: 'x' }), 'c')).rejects.toMatchObject({
      code: 'TARBALL_REFUSED',
    })
  })

  it('has the last of two files with one name, as Helm reads it', async () => {
    const files = await readPackedChart(tarball(CHART, { ...CHART, body: 'name: c\nversion: 2\n' }), 'c')
    expect(chartFacts(files, 'c').version).toBe('2')
  })

  it('is refused when it is a bomb, long before it is unpacked', async () => {
    const bomb = tarball({ name: 'c/zeros', body: '0'.repeat(40 * 1024 * 1024) })
    await expect(readPackedChart(bomb, 'charts.c')).rejects.toMatchObject({
      code: 'TARBALL_REFUSED',
      because: { en: expect.stringMatching(/unpacks to more than/) },
    })
  })

  it('is refused when it is cut, or a web page', async () => {
    const noise = { name: 'mesh/noise', body: randomBytes(60_000).toString('hex') }
    const whole = await bytesOf(tarball(...PACKED, noise))
    const read = (bytes: Uint8Array) => readPackedChart(Readable.from([bytes]), 'c')
    await expect(read(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ code: 'TARBALL_REFUSED' })
    await expect(read(Buffer.from('<!doctype html>'))).rejects.toMatchObject({
      code: 'MEDIA_TYPE_REFUSED',
      what: { en: 'c is a web page, not an archive' },
    })
  })

  it.each<[string, (packed: Buffer) => Buffer]>([
    ['a plain tar', (packed) => gunzipSync(packed)],
    ['compressed with zlib', (packed) => deflateSync(gunzipSync(packed))],
    ['empty', () => Buffer.alloc(0)],
  ])('is refused when it is %s, which Helm does not read', async (_what, change) => {
    const bytes = change(await bytesOf(tarball(CHART)))
    for (const pieces of [[bytes], [...bytes.subarray(0, 3)].map((byte) => Buffer.of(byte))])
      await expect(readPackedChart(Readable.from(pieces, { objectMode: true }), 'c')).rejects.toMatchObject({
        code: 'TARBALL_REFUSED',
      })
  })

  it.each([
    ['123', '123'],
    ['"größe"', 'größe'],
    ['a_b.c-1', 'a_b.c-1'],
  ])('may have the name %s, as Helm allows', (name, read) => {
    const files = new Map([['Chart.yaml', Buffer.from(`name: ${name}\nversion: 1.0\n`)]])
    expect(chartFacts(files, 'c').name).toBe(read)
  })

  it.each(['a/b', '..', '""', '[a]', '"a\\\\b"'])('is refused with the name %s', (name) => {
    const files = new Map([['Chart.yaml', Buffer.from(`name: ${name}\nversion: 1.0\n`)]])
    expect(() => chartFacts(files, 'c')).toThrow(expect.objectContaining({ code: 'TARBALL_REFUSED' }))
  })

  it('is refused without a Chart.yaml', async () => {
    const files = await readPackedChart(tarball({ name: 'c/values.yaml', body: 'a: 1' }), 'c')
    expect(() => chartFacts(files, 'c')).toThrow(/TARBALL_REFUSED/)
  })
})

describe('a chart folder in a source tarball', () => {
  it('is taken out, and packed to the same bytes whatever the order and the times were', async () => {
    const files = await readChartFolder(tarball(...SOURCE), { folder: 's-1.0.0/charts/c', label: 'c' })
    expect(chartFacts(files, 'c').name).toBe('c')
    const packed = packChart(files, 'c')
    expect(Buffer.from(packChart(new Map([...files].reverse()), 'c'))).toEqual(Buffer.from(packed))
    expect(await readPackedChart(Readable.from([packed]), 'c')).toEqual(
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

  it('is packed without what its .helmignore names, as helm packs it', async () => {
    const entries = [
      { ...CHART, name: 's/c/Chart.yaml' },
      { name: 's/c/ci/values.yaml', body: 'a: 1' },
      { name: 's/c/README.md', body: 'x' },
      { name: 's/c/link.md', type: 'symlink', linkname: 'README.md' },
      { name: 's/c/templates/.hidden.yaml', body: 'x' },
      { name: 's/c/templates/a.yaml', body: 'x' },
      { name: 's/c/docs/ci/kept.yaml', body: 'x' },
    ] satisfies Entry[]
    const rules = { name: 's/c/.helmignore', body: '# tests\n/ci/\n*.md\n' }
    const files = await readChartFolder(tarball(...entries, rules), { folder: 's/c', label: 'c' })
    expect([...files.keys()]).toEqual(['Chart.yaml', 'templates/a.yaml', 'docs/ci/kept.yaml', '.helmignore'])
    await expect(readChartFolder(tarball(...entries), { folder: 's/c', label: 'c' })).rejects.toMatchObject({
      code: 'TARBALL_REFUSED', // without the rule, the link is no part of a chart
    })
  })

  it('is named when it is not there', async () => {
    await expect(
      readChartFolder(tarball(CHART), { folder: 'nowhere', label: 'charts.c' }),
    ).rejects.toMatchObject({ code: 'MEMBER_MISSING', what: { en: expect.stringContaining('nowhere') } })
  })
})
