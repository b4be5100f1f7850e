import { isMap, nameOf } from './pods.ts'

/** Objects of a kind that a cluster does not serve. */
export interface UnservedKind {
  readonly apiVersion: string
  readonly kind: string
  /** `ServiceMonitor metrics`, the first of them. */
  readonly owner: string
}

/**
 * Kinds of objects that the API server does not know, each once. Helm asks it for every kind of a chart before it sends anything:
 * one that is unknown ends the installation.
 * @param served `apps/v1/Deployment`, …
 */
export function unservedIn(objects: readonly unknown[], served: ReadonlySet<string>): UnservedKind[] {
  const found = new Map<string, UnservedKind>()
  const look = (list: readonly unknown[]): void => {
    for (const object of list) {
      if (!isMap(object)) continue
      const { apiVersion, kind, items } = object
      if (typeof apiVersion !== 'string' || typeof kind !== 'string') continue
      if (Array.isArray(items) && kind.endsWith('List')) {
        look(items)
        continue
      }
      const key = `${apiVersion}/${kind}`
      if (!served.has(key) && !found.has(key))
        found.set(key, { apiVersion, kind, owner: nameOf(object) ?? kind })
    }
  }
  look(objects)
  return [...found.values()]
}
