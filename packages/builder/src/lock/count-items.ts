import type { Report } from '@edgelift/core'

/**
 * Reports how many of `of` items are done. Their bytes are not known beforehand.
 * @returns to be called when one item is done
 */
export function countItems(report: Report, of: number): () => void {
  let items = 0
  const tell = (): void => report({ type: 'total', done: 0, total: 0, items, of })
  tell()
  return () => {
    items++
    tell()
  }
}
