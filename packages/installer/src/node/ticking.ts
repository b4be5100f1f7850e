import type { Report, Text } from '@edgelift/core'

/** Tells each second that something is still being looked at. @param deadline seconds after which it is given up */
export async function ticking<T>(
  {
    id,
    title,
    report,
    deadline,
  }: { readonly id: string; readonly title: Text; readonly report: Report; readonly deadline: number },
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now()
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1000)
    report({ type: 'wait', id, what: title, seconds, deadline })
  }, 1000)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
