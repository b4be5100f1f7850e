import type { Report } from '@edgelift/core'
import { type Need, needLabel, transferSize } from './needs.ts'

/** Follows the transfers of one build. */
export interface Progress {
  /** For whoever transfers: passes every event on, and the total after it. */
  readonly report: Report
  readonly begin: (needs: readonly Need[]) => void
  readonly finished: (need: Need) => void
  /** Bytes that came over the network so far. */
  readonly fetched: () => number
}

export function trackTransfers(report: Report): Progress {
  const byId = new Map<string, number>()
  let [total, of, items, done, fetched] = [0, 0, 0, 0, 0]
  const images = new Map<string, { blobs: number; left: number; fetched: number }>()
  const imageOf = new Map<string, string>()
  const tell = (): void => {
    if (of > 0) report({ type: 'total', done: Math.min(done, total), total, items, of })
  }
  return {
    report: (event) => {
      if (event.type === 'transferred') fetched += event.fetched
      if (event.type === 'transfer') {
        done += event.done - (byId.get(event.id) ?? 0)
        byId.set(event.id, event.done)
      }
      const image = 'id' in event ? images.get(imageOf.get(event.id) ?? '') : undefined
      if (event.type === 'transferred' && image !== undefined) {
        image.fetched += event.fetched
        report({ ...event, part: true })
      } else report(event)
      if (event.type === 'transfer') tell()
    },
    begin: (needs) => {
      of = needs.length
      total = needs.reduce((sum, need) => sum + transferSize(need), 0)
      for (const need of needs.filter(isBlob)) {
        const label = needLabel(need)
        const { blobs = 0 } = images.get(label) ?? {}
        images.set(label, { blobs: blobs + 1, left: blobs + 1, fetched: 0 })
        imageOf.set(need.blob.digest, label)
      }
    },
    finished: (need) => {
      items++
      const label = needLabel(need)
      const image = isBlob(need) ? images.get(label) : undefined
      if (image !== undefined && --image.left === 0) {
        report({ type: 'transferred', id: label, label, fetched: image.fetched, parts: image.blobs })
      }
      tell()
    },
    fetched: () => fetched,
  }
}

function isBlob(need: Need): need is Extract<Need, { kind: 'manifest' | 'blob' }> {
  return need.kind === 'manifest' || need.kind === 'blob'
}
