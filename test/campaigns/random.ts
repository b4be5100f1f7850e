/** Random choices that follow from a seed. */
export interface Random {
  /** An integer from 0 to `end - 1`. */
  below(end: number): number
  /** One of a list, which must not be empty. */
  pick<T>(list: readonly T[]): T
  chance(probability: number): boolean
}

/** A 32-bit xorshift generator (Marsaglia, 2003) behind a mixing step, so that neighbouring seeds differ at once. */
export function randomOf(seed: number): Random {
  let state = mixed(seed) || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const below = (end: number): number => Math.floor(next() * end)
  return {
    below,
    pick(list) {
      const index = below(list.length)
      const found = list[index]
      if (found === undefined && index >= list.length) throw new Error('nothing to pick from')
      return found as (typeof list)[number]
    },
    chance: (probability) => next() < probability,
  }
}

/** The finalizer of MurmurHash3. */
function mixed(seed: number): number {
  let hash = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
