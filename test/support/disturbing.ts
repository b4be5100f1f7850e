import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningCommand, TestNode } from './nodes/types.ts'
import { PLACEHOLDERS } from './unpacked.ts'

/** A command of the installer that is cut off again and again, until it gets through. */
export interface Disturbance {
  readonly node: TestNode
  /** The unpacked archive. */
  readonly directory: string
  readonly line: string
  /** After which records of the journal: each step's `begin`, or its `done`, too. */
  readonly events: readonly ('begin' | 'done')[]
  /** Cuts it off. */
  readonly cut: (running: RunningCommand, record: string) => Promise<void>
}

const TRIES = 60

/**
 * Runs the command, cuts it off at the first record that no earlier run came to, and so on: each run goes one record
 * further. Returns the records at which it was cut off.
 * @throws Error with what the last run printed, when it neither came further nor got through
 */
export async function cutAtEveryRecord({
  node,
  directory,
  line,
  events,
  cut,
}: Disturbance): Promise<string[]> {
  const old = (await recordsOf(node)).length
  const cuts: string[] = []
  for (let tries = 0; tries < TRIES; tries++) {
    const running = node.spawn(['sh', '-c', `cd '${directory}' && exec ${line}`], { env: PLACEHOLDERS })
    const record = await nextRecord({ node, old, events, cuts, running })
    if (record === undefined) {
      const { code, stdout, stderr } = await running.done
      if (code === 0) return cuts
      throw new Error(`${line} ended with ${code} after ${cuts.join(', ')}\n${stdout}${stderr}`)
    }
    cuts.push(record)
    await cut(running, record)
    await running.done
  }
  throw new Error(`${line} was cut off ${TRIES} times: ${cuts.join(', ')}`)
}

interface Watch extends Pick<Disturbance, 'node' | 'events'> {
  /** Lines of the journal that were there before the first run. */
  readonly old: number
  readonly cuts: readonly string[]
  readonly running: RunningCommand
}

/** The first record that is none of `cuts`; undefined when the command has ended. */
function nextRecord({ node, old, events, cuts, running }: Watch): Promise<string | undefined> {
  const isNext = (record: string) =>
    events.some((event) => record.endsWith(` ${event}`)) && !cuts.includes(record)
  return seen({ node, running }, (records) => records.slice(old).find(isNext))
}

/**
 * Waits until the journal has a record, `STEP EVENT`, behind its first `old` ones.
 * @throws Error with what the command printed, when it ended without it
 */
export async function recordSeen(
  { node, running, old = 0 }: Pick<Watch, 'node' | 'running'> & { readonly old?: number },
  record: string,
): Promise<void> {
  const found = await seen({ node, running }, (records) => records.slice(old).find((one) => one === record))
  if (found !== undefined) return
  const { code, stdout, stderr } = await running.done
  throw new Error(`it ended with ${code}, and no record ${record}\n${stdout}${stderr}`)
}

/** What `look` finds in the journal while the command runs. */
async function seen(
  { node, running }: Pick<Watch, 'node' | 'running'>,
  look: (records: readonly string[]) => string | undefined,
): Promise<string | undefined> {
  let ended = false
  void running.done.then(() => {
    ended = true
  })
  let known = -1
  for (;;) {
    const last = ended
    const size = journalSize(node)
    const found = size === known && !last ? undefined : look(await recordsOf(node))
    if (found !== undefined || last) return found
    known = size
    await sleep(2)
  }
}

/** The journal as seen from this machine, also while the node is off: `STEP EVENT` for each whole line. */
export async function recordsOf(node: TestNode): Promise<string[]> {
  const text = await readFile(journalOf(node), 'utf8').catch(() => '')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const { step, event } = JSON.parse(line || '{}') as { step?: string; event?: string }
      return `${step} ${event}`
    })
}

/** Asked hundreds of times a second, so in the cheapest way. */
function journalSize(node: TestNode): number {
  return statSync(journalOf(node), { throwIfNoEntry: false })?.size ?? 0
}

function journalOf(node: TestNode): string {
  return path.join(node.root, 'var/lib/edgelift/journal.jsonl')
}
