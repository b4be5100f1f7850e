import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { digestOf, temporaryBeside } from '@edgelift/core'
import { download, memorySink, openTransport, type Transport } from '@edgelift/oci'
import { packChart, readChartFolder } from '../../packages/builder/src/sources/chart-tarball.ts'
import { fetchedShared, sharedUpstream } from '../../test/support/upstream/places.ts'
import {
  CLOUDCORE,
  CLOUDCORE_FOLDER,
  CRDS,
  EDGEMESH,
  GATEWAY,
  type UpstreamChartFile,
} from '../../test/support/upstream/upstream-charts.ts'
import { reasonOf } from './reason-of.ts'

/** One attempt and a few seconds: most machines that cannot reach the addresses never will. */
const IMPATIENT = { connect: 5000, headers: 15_000, stall: 15_000, attempts: 1, patience: 15_000 }

/**
 * Makes upstream's own charts and CRDs available to the tests if this machine has or reaches them.
 * @returns where they are, or why placeholders take their place, for people
 * @throws when what came is not what was published
 */
export async function findUpstreamCharts(): Promise<string> {
  const place = sharedUpstream()
  if (place !== undefined) return `upstream's own charts are in ${place}`
  if (process.env.EDGELIFT_SHARED !== undefined)
    return `placeholder charts are used: EDGELIFT_SHARED (${process.env.EDGELIFT_SHARED}) has no folder upstream`
  const folder = path.join(fetchedShared(), 'upstream')
  await using transport = openTransport({ env: process.env, timeouts: IMPATIENT })
  const charts = [EDGEMESH, GATEWAY, ...Object.values(CRDS), CLOUDCORE]
  const missing = await fetchCharts(charts, { folder, transport })
  return missing === undefined
    ? `upstream's own charts were fetched into ${folder}`
    : `placeholder charts are used: ${missing}`
}

/**
 * Fetches all files into a folder, or none.
 * @param to.locate where a URL is on a network of tests
 * @returns why one cannot be fetched
 * @throws when one has another digest
 */
export async function fetchCharts(
  charts: readonly UpstreamChartFile[],
  to: { readonly folder: string; readonly transport: Transport; readonly locate?: (url: string) => string },
): Promise<string | undefined> {
  const { folder, transport, locate = (url) => url } = to
  const fetched = new Map<string, Uint8Array>()
  for (const chart of charts) {
    const sink = memorySink()
    const failure = await download({ url: locate(chart.url), sink, transport, label: chart.url }).then(
      () => undefined,
      (error: Error) => error,
    )
    if (failure !== undefined) return `${chart.url} cannot be fetched: ${reasonOf(failure)}`
    const content = chart === CLOUDCORE ? await packedCloudCore(sink.bytes()) : sink.bytes()
    const found = digestOf(content)
    if (found !== chart.digest)
      throw new Error(`${chart.url} has the digest ${found}; expected ${chart.digest}`)
    fetched.set(chart.file, sink.bytes())
  }
  await keep(folder, fetched)
  return undefined
}

async function packedCloudCore(source: Uint8Array): Promise<Uint8Array> {
  const tarball = Readable.from([source])
  return packChart(
    await readChartFolder(tarball, { folder: CLOUDCORE_FOLDER, label: CLOUDCORE.url }),
    'cloudcore',
  )
}

/** All or nothing: a folder of half of them would be taken for upstream's. */
async function keep(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true })
  const unfinished = temporaryBeside(folder)
  try {
    for (const [name, bytes] of files) {
      const file = path.join(unfinished, name)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, bytes)
    }
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}
