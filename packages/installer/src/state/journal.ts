import { type FileHandle, open, stat } from 'node:fs/promises'
import path from 'node:path'
import { clearWay, makeFolder, namingPath, syncFolder } from '@edgelift/core'
import { z } from 'zod'
import { type Host, onHost, readHostFile } from '../node/host.ts'

export const STATE_FOLDER = '/var/lib/edgelift'
/** What kubectl and helm keep for themselves between two calls. */
export const CLIENTS_FOLDER = `${STATE_FOLDER}/cache`
export const JOURNAL = `${STATE_FOLDER}/journal.jsonl`

/** A line of the journal. It explains what was done and when; nothing is decided by it. Holds no secret. */
const JournalEntry = z.strictObject({
  /** ISO 8601, by the node's clock. */
  time: z.string(),
  action: z.enum(['install', 'cleanup', 'rollback']),
  step: z.string(),
  event: z.enum(['begin', 'done', 'unchanged', 'failed', 'interrupted']),
  /** The code and message of what failed. */
  error: z.string().optional(),
})
export type JournalEntry = z.infer<typeof JournalEntry>

const NEWLINE = 10

/** Appends a line; it is on the disk when the promise resolves. */
export async function appendJournal(host: Host, entry: Omit<JournalEntry, 'time'>): Promise<void> {
  const file = onHost(host, JOURNAL)
  await makeFolder(path.dirname(file))
  const handle = await openJournal(file)
  try {
    const { size } = await handle.stat()
    const line = `${JSON.stringify({ time: new Date(host.now()).toISOString(), ...entry })}\n`
    // A line that a power loss cut off is ended, so that it does not swallow this one.
    const last =
      size === 0 ? NEWLINE : (await handle.read({ buffer: Buffer.alloc(1), position: size - 1 })).buffer[0]
    await handle.write(last === NEWLINE ? line : `\n${line}`)
    await handle.sync()
    if (size === 0) await syncFolder(path.dirname(file))
  } catch (error) {
    namingPath(file)(error)
  } finally {
    await handle.close()
  }
}

/** What stands in its place and takes no lines gives way to it: nothing is decided by the journal. */
async function openJournal(file: string): Promise<FileHandle> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) await clearWay(file)
  return open(file, 'a+', 0o600)
}

/** The journal's lines. One that a power loss cut off, or that is not ours, is left out. */
export async function readJournal(host: Host): Promise<JournalEntry[]> {
  const text = (await readHostFile(host, JOURNAL)) ?? ''
  return text.split('\n').flatMap((line) => {
    try {
      const entry = JournalEntry.safeParse(JSON.parse(line))
      return entry.success ? [entry.data] : []
    } catch {
      return []
    }
  })
}
