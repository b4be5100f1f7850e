/**
 * The candidate that a mistyped word most likely means; undefined when none is near.
 * @param most letters that may differ; half of the word when left out
 */
export function nearest(
  word: string,
  candidates: Iterable<string>,
  most = Math.max(1, Math.floor(word.length / 2)),
): string | undefined {
  let best: string | undefined
  let least = most + 1
  for (const candidate of candidates) {
    // Each letter that one of them has more is a step: a word of megabytes is compared with nothing.
    if (Math.abs(word.length - candidate.length) > least) continue
    const steps = distance(word.toLowerCase(), candidate.toLowerCase())
    // Of two that are as near, the one that begins alike: the first letter is seldom the wrong one.
    const begins = candidate.charAt(0) === word.charAt(0) && best?.charAt(0) !== word.charAt(0)
    if (steps < least || (steps === least && best !== undefined && begins)) {
      least = steps
      best = candidate
    }
  }
  return best
}

/** How many letters to insert, remove, replace or exchange with the next one: the commonest slip counts as one. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const exchanged =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (before[j - 2] ?? Number.POSITIVE_INFINITY) + 1
          : replaced
      next.push(Math.min(replaced, exchanged, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
