import path from 'node:path'
import { sweepAbandoned, writeFileAtomic } from '@edgelift/core'

/** Writes a page, in place of an earlier one. */
export async function writeReport(file: string, page: string): Promise<void> {
  const place = path.resolve(file)
  await sweepAbandoned(place)
  await writeFileAtomic(place, page)
}
