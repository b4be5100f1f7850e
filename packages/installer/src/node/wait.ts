import { setTimeout as sleep } from 'node:timers/promises'
import type { Report, Text } from '@edgelift/core'
import { fail } from '../problem/codes.ts'
import { type Services, watchUnits } from './crash-loop.ts'
import { refuseFullDisk } from './disk.ts'
import type { Host } from './host.ts'
import { pauses } from './pauses.ts'

export interface WaitOptions {
  readonly id: string
  readonly what: Text
  /** Seconds until it is given up. */
  readonly deadline: number
  /** True when it has come; a text says what is still missing; {@link Hopeless} ends the wait. */
  readonly look: () => Promise<true | Text | Hopeless>
  /** The node's own words about why it did not come: pod events, the unit's log. */
  readonly words: () => Promise<string>
  readonly fix: Text
  readonly report: Report
  readonly signal: AbortSignal
  /** On which a full disk ends the wait: the programs that write there only log it. */
  readonly disk?: { readonly host: Host; readonly folder: string }
  /** Services that have to run for it: one that exits again and again ends the wait, with its last words as the cause. */
  readonly services?: Services
}

/** Waiting longer is of no use: why. */
export interface Hopeless {
  readonly hopeless: Text
  /** In place of the wait's. */
  readonly fix?: Text
}

/**
 * Waits, saying what for and since when.
 * @throws WAIT_EXPIRED at the deadline, with what is still missing and what the node says of it
 * @throws STEP_FAILED as soon as it is hopeless: by what is seen, or since a service exits again and again
 * @throws DISK_FULL
 */
export async function waitUntil(options: WaitOptions): Promise<void> {
  const { id, what, deadline, look, report, signal } = options
  const start = performance.now()
  const crashLoop = watchUnits(options.services)
  let told = -1
  for (const pause of pauses()) {
    signal.throwIfAborted()
    const seen = await look()
    if (seen === true) return
    if ('hopeless' in seen) throw hopeless(options, seen, await options.words())
    const loop = await crashLoop()
    if (loop !== undefined) throw hopeless(options, loop, await options.words())
    const seconds = Math.floor((performance.now() - start) / 1000)
    if (options.disk !== undefined) await refuseFullDisk(options.disk.host, options.disk.folder)
    if (seconds >= deadline) throw expired(options, seen, await options.words())
    if (seconds > told) report({ type: 'wait', id, what, seconds, deadline })
    told = seconds
    await sleep(pause, undefined, { signal })
  }
}

function hopeless({ what, fix }: WaitOptions, seen: Hopeless, words: string): Error {
  return fail('STEP_FAILED', {
    what: { en: `cannot complete: ${what.en}`, zh: `无法完成：${what.zh}` },
    because: joined(seen.hopeless, words),
    fix: seen.fix ?? fix,
  })
}

function expired(options: WaitOptions, seen: Text, words: string): Error {
  return fail('WAIT_EXPIRED', {
    what: {
      en: `timed out after ${options.deadline} s, waiting for: ${options.what.en}`,
      zh: `等待 ${options.deadline} 秒后超时：${options.what.zh}`,
    },
    because: joined(seen, words),
    fix: {
      en: `${options.fix.en}; ./edgelift doctor says more; then run it again to continue`,
      zh: `${options.fix.zh}；可执行 ./edgelift doctor 诊断；然后重新运行，将从此处继续`,
    },
  })
}

function joined(why: Text, words: string): Text {
  if (words.trim() === '') return why
  return { en: `${why.en}\nthe node says:\n${words}`, zh: `${why.zh}\n节点输出：\n${words}` }
}
