import { namesIn } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { COPIES } from '../state/copies.ts'
import { readCopy, unlessUnreadable } from './copy.ts'
import type { CopyRecord } from './record.ts'

/** All copies of this machine that are complete, the oldest first. What is wrong with a damaged one, a rollback says. */
export async function listCopies(
  host: Host,
): Promise<{ readonly folder: string; readonly record: CopyRecord }[]> {
  const names = ((await namesIn(onHost(host, COPIES))) ?? []).sort()
  const found = await Promise.all(
    names.map(async (name) => ({
      folder: `${COPIES}/${name}`,
      record: await readCopy(host, `${COPIES}/${name}`).catch(unlessUnreadable),
    })),
  )
  return found.flatMap(({ folder, record }) => (record === undefined ? [] : [{ folder, record }]))
}
