import { isObject, type Json } from '@edgelift/bundle'
import { fingerprint } from './fingerprint.ts'

/** Paths at which two values differ: `agent.resources.limits.cpu`. Lists are compared as a whole. */
export function differentPaths(a: Json | undefined, b: Json | undefined, at = ''): string[] {
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)])
    return [...keys].sort().flatMap((key) => differentPaths(a[key], b[key], at === '' ? key : `${at}.${key}`))
  }
  return a !== undefined && b !== undefined && fingerprint(a) === fingerprint(b) ? [] : [at]
}
