import { CONNECTED, HANDLER, REPEAT } from '../kubeedge/stale-endpoints.ts'
import type { CloudCore } from './cluster.ts'

/** What is done next, and when (milliseconds of a steady clock); undefined: nothing until CloudCore says something. */
export type Due =
  | { readonly at: number; readonly act: 'send'; readonly isLast: boolean }
  | { readonly at: number; readonly act: 'scale'; readonly replicas: number }
  | { readonly at: number; readonly act: 'look-again' }
  | undefined

/** One run of CloudCore as its log tells it. */
export interface Life {
  readonly cloudCore: CloudCore
  /** Takes in a line of the log; true when something follows from it. */
  readonly heard: (line: string, now: number) => boolean
  readonly due: (now: number) => Due
  readonly done: (act: NonNullable<Due>, now: number) => void
  readonly edges: () => { readonly back: readonly string[]; readonly awaited: readonly string[] }
  readonly hasHandler: () => boolean
}

/** Milliseconds. */
const SETTLE = 1000 // EdgeCore is ready for messages a moment after it has connected
const PAUSE = REPEAT * 1000
const LONG_PAUSE = 60_000
const WINDOW = 600_000
/** More sendings within the window than this are spread. */
const BURST = 6
/** So long after the first edge has connected, more edges are asked to open watches, and then no more. */
const ESCALATE = 20_000
const GIVE_UP = 300_000
const FIRST_PODS = 3

/**
 * Decides when Endpoints are sent: twice for each edge that joined before this CloudCore started, after it has connected
 * for the first time and CloudCore has a handler. Until it has one, pods on edges open watches. Keeps time by what it is
 * told; asks nobody.
 * @param edges those that joined before
 */
export function newLife(cloudCore: CloudCore, edges: ReadonlySet<string>): Life {
  const back = new Set<string>()
  const sent: number[] = []
  let handler = false
  let owed = 0
  let since = 0 // when the newest edge has connected
  let firstBack: number | undefined
  let scaled: number | undefined

  function replicas(now: number): number {
    if (handler || edges.size === 0) return 0
    const waited = firstBack === undefined ? 0 : now - firstBack
    if (waited > GIVE_UP) return 0
    return Math.min(edges.size, FIRST_PODS * 2 ** Math.floor(waited / ESCALATE))
  }

  function sending(now: number): Due {
    // A handler whose line has been rotated away is there all the same.
    const mayGo = handler || (firstBack !== undefined && now - firstBack > GIVE_UP)
    if (owed === 0 || !mayGo) return undefined
    const recent = sent.filter((time) => time > now - WINDOW).length
    const pause = recent >= BURST ? LONG_PAUSE : PAUSE
    return { act: 'send', at: Math.max(since + SETTLE, (sent.at(-1) ?? -pause) + pause), isLast: owed === 1 }
  }

  return {
    cloudCore,
    heard(line, now) {
      if (line.includes(HANDLER)) {
        if (handler) return false
        handler = true
        return true
      }
      const edge = CONNECTED.exec(line)?.[1]
      if (edge === undefined || !edges.has(edge) || back.has(edge)) return false
      back.add(edge)
      firstBack ??= now
      since = now
      owed = 2
      return true
    },
    due(now) {
      const wanted = replicas(now)
      if (wanted !== scaled) return { act: 'scale', at: now, replicas: wanted }
      const send = sending(now)
      if (send !== undefined || handler || firstBack === undefined || owed === 0) return send
      return { act: 'look-again', at: now + ESCALATE }
    },
    done(act, now) {
      if (act.act === 'scale') scaled = act.replicas
      if (act.act !== 'send') return
      sent.push(now)
      owed -= 1
    },
    edges: () => ({ back: [...back], awaited: [...edges].filter((edge) => !back.has(edge)) }),
    hasHandler: () => handler,
  }
}
