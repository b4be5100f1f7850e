import { execFileSync } from 'node:child_process'

/** A row of the bench: ours against the peer, as a ratio of medians. */
export interface Row {
  readonly id: string
  /** Seconds, or what is said here. */
  readonly what: string
  readonly ours: number
  readonly peer: number
  readonly ratio: number
  /** The ratio may be at most this. */
  readonly goal: number
  readonly ok: boolean
}

/**
 * Runs ours and the peer in turn, so that a machine that grows slow slows both, and compares the medians.
 * @param options.rounds counted rounds, after one that is not counted
 */
export async function compare(options: {
  readonly id: string
  readonly what: string
  readonly goal: number
  readonly rounds?: number
  readonly ours: () => Promise<void> | void
  readonly peer: () => Promise<void> | void
  /** Takes back what each did, before the other one's turn; not timed. */
  readonly undo?: { readonly ours: () => Promise<void>; readonly peer: () => Promise<void> }
}): Promise<Row> {
  const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] }
  for (let round = 0; round <= (options.rounds ?? 3); round++) {
    const ours = await seconds(options.ours)
    await options.undo?.ours()
    const peer = await seconds(options.peer)
    await options.undo?.peer()
    if (round === 0) continue
    times.ours.push(ours)
    times.peer.push(peer)
  }
  return row({ ...options, ours: median(times.ours), peer: median(times.peer) })
}

export function row(values: Omit<Row, 'ratio' | 'ok'>): Row {
  const { id, what, ours, peer, goal } = values
  const ratio = ours / peer
  return { id, what, ours: round(ours), peer: round(peer), ratio: round(ratio), goal, ok: ratio <= goal }
}

/** Runs a shell command line that has to succeed. */
export function shell(line: string, cwd: string): void {
  execFileSync('sh', ['-c', line], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}

export async function seconds(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
