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
