import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { doAll, doAtOnce } from './do-all.ts'

function gate() {
  let resolve = (): void => undefined
  let reject = (_error: Error): void => undefined
  const passed = new Promise<void>((...both) => {
    ;[resolve, reject] = both
  })
  return { passed, resolve: () => resolve(), reject: (error: Error) => reject(error) }
}

const failing = (words: string) => () => Promise.reject(new Error(words))

describe('doAll', () => {
  it('does each part in turn, whichever of them fails, and throws the first problem', async () => {
    const done: number[] = []
    const parts = [failing('first'), async () => done.push(2), failing('third'), async () => done.push(4)]
    await expect(doAll(parts)).rejects.toThrow('first')
    expect(done).toEqual([2, 4])
  })

  it('begins nothing after a signal', async () => {
    const stop = new AbortController()
    const done: number[] = []
    const parts = [async () => stop.abort(new Error('stopped')), async () => done.push(2)]
    await expect(doAll(parts, stop.signal)).rejects.toThrow('stopped')
    expect(done).toEqual([])
  })
})

describe('doAtOnce', () => {
  /** Parts that say when they run, and end when they are let go. */
  function held(count: number) {
    const running = new Set<number>()
    const begun: number[] = []
    const gates = Array.from({ length: count }, gate)
    const parts = gates.map(({ passed }, index) => async () => {
      begun.push(index)
      running.add(index)
      await passed.finally(() => running.delete(index))
    })
    return { running, begun, gates, parts }
  }
  const settled = () => sleep(0)

  it('has at most three parts at work, and does all', async () => {
    const { running, begun, gates, parts } = held(5)
    const all = doAtOnce(parts)
    await settled()
    expect([...running]).toEqual([0, 1, 2])
    gates[1]?.resolve()
    await settled()
    expect([...running]).toEqual([0, 2, 3])
    for (const gate of gates) gate.resolve()
    await all
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  it('begins no further part after a failure, waits for those that run, and throws the first problem', async () => {
    const { running, begun, gates, parts } = held(5)
    const all = doAtOnce(parts)
    const seen = all.catch(() => [...running])
    await settled()
    gates[2]?.reject(new Error('first'))
    await settled()
    gates[0]?.reject(new Error('second'))
    await settled()
    gates[1]?.resolve()
    await expect(all).rejects.toThrow('first')
    expect(await seen).toEqual([])
    expect(begun).toEqual([0, 1, 2])
  })

  it('begins no further part after a signal, and throws its reason', async () => {
    const stop = new AbortController()
    const { begun, gates, parts } = held(5)
    const all = doAtOnce(parts, stop.signal)
    await settled()
    stop.abort(new Error('stopped'))
    for (const gate of gates) gate.resolve()
    await expect(all).rejects.toThrow('stopped')
    expect(begun).toEqual([0, 1, 2])
  })
})
