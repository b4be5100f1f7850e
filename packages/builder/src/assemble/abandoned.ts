import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** A build that lives writes to its temporary file all the time: one that rests so long belongs to a killed one. */
const ABANDONED_AFTER = 10 * 60 * 1000 // milliseconds

/** Removes what killed builds of this archive have left beside it. */
export async function removeAbandoned(folder: string, name: string, now = Date.now()): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`.edgelift-${name.slice(0, 100)}-`)) continue
    const file = path.join(folder, entry)
    const found = await stat(file).catch(() => undefined) // another build may have put it in its place
    if (found !== undefined && now - found.mtimeMs > ABANDONED_AFTER) await rm(file, { force: true })
  }
}
