import type { Counts } from './counts.ts'

/** Where a phase writes what it says. */
export type Say = (text: string | Uint8Array) => void

/** How much of all tests a run covers. */
export type Extent = 'all' | 'fast' | 'installation'

/** One part of the whole: says what it does, and counts what it has tried. */
export interface Phase {
  readonly name: string
  /** Where it is part of; of `all` only when left out. */
  readonly of?: readonly Extent[]
  run(say: Say, extent: Extent): Promise<Counts>
}

export interface Done {
  readonly name: string
  readonly count: Counts
  readonly took: string
}

export async function inTurn(
  phases: readonly Phase[],
  how: { readonly extent: Extent; readonly listen: () => Listener },
): Promise<Done[]> {
  const done: Done[] = []
  for (const phase of phases) done.push(await timed(phase, how.extent, how.listen()))
  return done
}

/** Hears a phase, and makes heard what it has said. */
export interface Listener {
  readonly say: Say
  end(): void
}

export function aloud(): Listener {
  return { say: (text) => process.stdout.write(text), end: () => {} }
}

export function afterwards(): Listener {
  const said: (string | Uint8Array)[] = []
  return {
    say: (text) => said.push(text),
    end: () => {
      for (const text of said) process.stdout.write(text)
    },
  }
}

async function timed({ name, run }: Phase, extent: Extent, { say, end }: Listener): Promise<Done> {
  const began = Date.now()
  say(`\n== ${name}\n`)
  const count = await run(say, extent).catch((error: Error) => {
    say(`${error.stack}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  })
  const took = `${((Date.now() - began) / 1000).toFixed(1)} s`
  say(`== ${name}: ${count.failed === 0 ? 'ok' : 'FAILED'}, ${took}\n`)
  end()
  return { name, count, took }
}
