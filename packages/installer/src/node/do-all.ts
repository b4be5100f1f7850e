import pLimit from 'p-limit'

/**
 * Does every part, in turn, whichever of them fails.
 * @throws the first problem, after the last part; at once after a signal
 */
export async function doAll(parts: Iterable<() => Promise<unknown>>, signal?: AbortSignal): Promise<void> {
  const problems: unknown[] = []
  for (const part of parts) {
    signal?.throwIfAborted()
    try {
      await part()
    } catch (error) {
      signal?.throwIfAborted()
      problems.push(error)
    }
  }
  if (problems.length > 0) throw problems[0]
}

/** Parts at once: as many as containerd itself transfers, and few enough for an edge with little memory. */
const AT_ONCE = 3

/**
 * Does parts that do not depend on each other, some at once. After one has failed, or a signal, no further one is begun, and
 * none still runs when the promise settles.
 * @throws the first problem
 */
export async function doAtOnce(parts: Iterable<() => Promise<unknown>>, signal?: AbortSignal): Promise<void> {
  const limit = pLimit(AT_ONCE)
  const problems: unknown[] = []
  const begin = async (part: () => Promise<unknown>): Promise<void> => {
    if (problems.length > 0 || signal?.aborted === true) return
    await part().catch((problem) => problems.push(problem))
  }
  await Promise.all(Array.from(parts, (part) => limit(begin, part)))
  signal?.throwIfAborted()
  if (problems.length > 0) throw problems[0]
}
