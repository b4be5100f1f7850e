import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api.ts'
import { annotateEndpoints, joinedEdges, logPath, runningCloudCore, scaleWatches } from './cluster.ts'
import { type Due, type Life, newLife } from './life.ts'
import type { MeshState } from './state.ts'
import { newWaker } from './waker.ts'

export interface RefresherOptions {
  readonly api: Api
  /** A line for the journal. */
  readonly say: (line: string) => void
  readonly keep: (state: MeshState) => Promise<void>
  readonly signal: AbortSignal
}

const ABSENT = 2000 // milliseconds between two looks while CloudCore or the API is away

/** What is known over several runs of CloudCore, and over interruptions of its log. */
interface Progress {
  life: Life | undefined
  /** When the log was read last, in milliseconds since 1970. */
  read: number | undefined
  refreshes: number
  refreshed: number | undefined
  error: string | undefined
}

/**
 * Follows the log of CloudCore for as long as it runs, and then the next one's: a stream that tells of starts and of
 * edges that connect, and costs nothing while nothing happens. Returns when the signal aborts.
 */
export async function refreshMesh(options: RefresherOptions): Promise<void> {
  const { say, signal } = options
  const progress: Progress = {
    life: undefined,
    read: undefined,
    refreshes: 0,
    refreshed: undefined,
    error: undefined,
  }
  while (!signal.aborted) {
    try {
      const life = await currentLife(options, progress)
      if (progress.error !== undefined) say('the API responds again')
      progress.error = undefined
      await options.keep(stateOf(progress))
      if (life !== undefined) await follow(life, options, progress)
    } catch (problem) {
      if (signal.aborted) return
      const words = problem instanceof Error ? problem.message : String(problem)
      if (words !== progress.error) say(`cannot work: ${words}`)
      progress.error = words
      await options.keep(stateOf(progress))
    }
    await sleep(ABSENT, undefined, { signal }).catch(() => undefined)
  }
}

/** That of the CloudCore that runs; undefined while none does. */
async function currentLife({ api, say }: RefresherOptions, progress: Progress): Promise<Life | undefined> {
  const cloudCore = await runningCloudCore(api)
  if (cloudCore === undefined) return undefined
  if (progress.life?.cloudCore.containerId !== cloudCore.containerId) {
    progress.life = newLife(cloudCore, await joinedEdges(api))
    progress.read = undefined
    say(`CloudCore started at ${iso(cloudCore.startedAt)}`)
  }
  return progress.life
}

/** Follows one CloudCore until its log ends. */
async function follow(life: Life, options: RefresherOptions, progress: Progress): Promise<void> {
  const stopped = new AbortController()
  const signal = AbortSignal.any([options.signal, stopped.signal])
  const waker = newWaker(signal)
  let hasEnded = false
  const heard = (line: string) => {
    progress.read = Date.now()
    if (!life.heard(line, performance.now())) return
    options.say(`CloudCore: ${line}`)
    waker.wake()
  }
  const log = options.api.lines(logPath(life.cloudCore, progress.read), heard, signal).finally(() => {
    hasEnded = true
    waker.wake()
  })
  log.catch(() => undefined) // thrown below; while a request is under way nobody waits for it
  try {
    while (!hasEnded && !signal.aborted) {
      const now = performance.now()
      const due = life.due(now)
      if (due === undefined || due.at > now) await waker.wait(due && due.at - now)
      else await act(due, life, options, progress)
    }
  } finally {
    stopped.abort()
    await log.catch(() => undefined)
  }
  await log
}

async function act(
  due: NonNullable<Due>,
  life: Life,
  { api, say, keep }: RefresherOptions,
  progress: Progress,
): Promise<void> {
  if (due.act === 'scale') {
    await scaleWatches(api, due.replicas)
    if (due.replicas > 0) say(`${due.replicas} edges open watches: CloudCore has no handler for Endpoints`)
  } else if (due.act === 'send') {
    // The last change takes the annotation off again: nothing of it stays.
    const count = await annotateEndpoints(api, due.isLast ? null : new Date().toISOString())
    progress.refreshes += 1
    progress.refreshed = Date.now()
    say(`had ${count} Endpoints sent again`)
  }
  life.done(due, performance.now())
  await keep(stateOf(progress))
}

function stateOf({ life, refreshes, refreshed, error }: Progress): MeshState {
  const { back = [], awaited = [] } = life?.edges() ?? {}
  return {
    back: [...back],
    awaited: [...awaited],
    refreshes,
    ...(life === undefined ? {} : { cloudCore: iso(life.cloudCore.startedAt) }),
    ...(refreshed === undefined ? {} : { refreshed: iso(refreshed) }),
    ...(error === undefined ? {} : { error }),
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
