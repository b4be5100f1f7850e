import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningCommand, TestNode } from '../../support/nodes/types.ts'
import { PLACEHOLDERS } from '../../support/unpacked.ts'

export type Interruption = 'kill -9' | 'power loss'

/** Of one command at the most, one run after the other. */
export const CUTS = 3
/** Of the time that the first, undisturbed one took: later ones find caches filled, and end sooner. */
export const SPREAD = 0.8

export interface Cut {
  readonly node: TestNode
  /** The unpacked archive. */
  readonly directory: string
  readonly line: string
  readonly cut: Interruption
  /** Milliseconds after the start. */
  readonly moment: number
}

/** After a power loss the node has booted when this ends. @returns whether the command still ran at that moment */
export async function cutOff({ node, directory, line, cut, moment }: Cut): Promise<boolean> {
  const running = node.spawn(['sh', '-c', `cd '${directory}' && exec ${line}`], { env: PLACEHOLDERS })
  const inTime = await Promise.race([sleep(moment, true), ended(running)])
  if (cut === 'kill -9') await running.kill('SIGKILL')
  else {
    await node.powerLoss()
    await node.boot()
  }
  await running.done
  return inTime
}

async function ended(running: RunningCommand): Promise<false> {
  await running.done
  return false
}
