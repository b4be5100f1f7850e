import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeliftError, joinTexts, type Report, systemErrorForPeople, type Text } from '@edgelift/core'
import { ticking } from '../node/ticking.ts'
import type { Diagnosis } from './diagnosis.ts'

/** One look at the node. */
export interface Probe {
  readonly id: string
  readonly title: Text
  readonly run: () => Promise<readonly Diagnosis[]>
}

export const DEADLINE = 40 // seconds: the first request through a relay and metaServer's own time-outs are within it

/** Makes one look after the other, and tells which one it is at. One that takes too long is left, and named. */
export async function runProbes(
  probes: readonly Probe[],
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
  deadline = DEADLINE,
): Promise<Diagnosis[]> {
  const found: Diagnosis[] = []
  for (const [index, { id, title, run }] of probes.entries()) {
    signal.throwIfAborted()
    report({ type: 'phase', id, title, number: index + 1, count: probes.length })
    const ended = new AbortController()
    const patience = AbortSignal.any([signal, ended.signal])
    const work = () => Promise.race([answered(title, run), late(title, deadline, patience)])
    try {
      found.push(...(await ticking({ id, title, report, deadline }, work)))
    } finally {
      ended.abort() // or each probe's timer would listen to the signal until its end
    }
  }
  return found
}

/** A program that is missing or fails, or a file that cannot be read, is a finding like others, and does not end the run. */
export async function answered(title: Text, run: Probe['run']): Promise<readonly Diagnosis[]> {
  try {
    return await run()
  } catch (error) {
    const told = error instanceof EdgeliftError ? error : systemErrorForPeople(error)
    if (told === undefined || told.code === 'INTERRUPTED') throw error
    const { what, because, fix } = told
    return [notFoundOut(title, because ? joinTexts([what, because], ': ') : what, fix)]
  }
}

async function late(title: Text, deadline: number, signal: AbortSignal): Promise<readonly Diagnosis[]> {
  await sleep(deadline * 1000, undefined, { signal, ref: false })
  return [notFoundOut(title, { en: `no result within ${deadline} s`, zh: `${deadline} 秒内没有结果` })]
}

/** What nobody knows is no green light. @param title what was to be found out */
export function notFoundOut(title: Text, why: Text, fix?: Text): Diagnosis {
  return {
    code: 'PROBE_FAILED',
    seen: { en: `could not find out: ${title.en}`, zh: `未得到结果：${title.zh}` },
    cause: why,
    fix: fix ?? {
      en: 'correct what else is reported here, then run ./edgelift doctor again',
      zh: '先处理此处报告的其他问题，然后重新执行 ./edgelift doctor',
    },
  }
}
