import { readdir } from 'node:fs/promises'
import type { Program, Ran } from '../../support/building/program.ts'

export interface Watched extends Ran {
  /** The most descriptors that were open at a time, as far as was seen. */
  readonly descriptors: number
}

const EVERY = 20 // ms

/** Runs the program and counts its open descriptors until it ends. */
export async function watched(program: Program, args: readonly string[]): Promise<Watched> {
  const { child, ended } = program.start(args)
  let descriptors = 0
  const look = setInterval(async () => {
    const open = await readdir(`/proc/${child.pid}/fd`).catch(() => []) // it has ended
    descriptors = Math.max(descriptors, open.length)
  }, EVERY)
  try {
    return { ...(await ended), descriptors }
  } finally {
    clearInterval(look)
  }
}
