import { Readable } from 'node:stream'
import { EdgeliftError } from '@edgelift/core'
import { type ChartFiles, readPackedChart } from '../sources/chart-tarball.ts'

/** Charts that Helm loads out of a chart: packed ones in `charts/`, but for hidden files (pkg/chart/v2/loader). */
const PACKED = /(^|\/)charts\/[^/._][^/]*\.tgz$/
/** Bytes of packed charts that are looked into, unpacked. Umbrella charts of the field have some 10 MB. */
const BUDGET = 64 * 1024 * 1024

/**
 * The files of a chart together with those of the charts that are packed in it, and in these: `charts/x-1.tgz/templates/y.yaml`.
 * What cannot be read is left as it is: rendering tells.
 */
export async function withPackedCharts(files: ChartFiles): Promise<ChartFiles> {
  const all = new Map(files)
  let left = BUDGET
  // A map gives what is added while it is gone through.
  for (const [path, bytes] of all) {
    if (!PACKED.test(path) || left <= 0) continue
    for (const [inner, content] of await filesOf(bytes, path)) {
      left -= content.length
      all.set(`${path}/${inner}`, content)
    }
  }
  return all
}

async function filesOf(packed: Uint8Array, label: string): Promise<ChartFiles> {
  try {
    return await readPackedChart(Readable.from([packed]), label)
  } catch (error) {
    if (error instanceof EdgeliftError) return new Map()
    throw error
  }
}
