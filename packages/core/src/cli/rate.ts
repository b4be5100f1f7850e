const WINDOW = 10_000 // milliseconds

/** Bytes per second over the last ten seconds or so; 0 until half a second has been seen. */
export function rateMeter(): (done: number) => number {
  const samples: { at: number; done: number }[] = []
  return (done) => {
    const at = performance.now()
    const last = samples.at(-1)
    if (last !== undefined && done < last.done) samples.length = 0
    samples.push({ at, done })
    while (samples.length > 2 && at - (samples[0]?.at ?? at) > WINDOW) samples.shift()
    const first = samples[0]
    if (first === undefined || at - first.at < 500) return 0
    return ((done - first.done) * 1000) / (at - first.at)
  }
}
