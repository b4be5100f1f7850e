import { z } from 'zod'

/**
 * An object none of whose keys differs from a known one in case only. Go's decoder, by which containerd and every other
 * program of the field read, takes such a key for the known one: it would run another image than was looked at here.
 */
export function exactObject<T extends z.ZodRawShape>(shape: T) {
  const known = new Map(Object.keys(shape).map((key) => [folded(key), key]))
  return z
    .unknown()
    .superRefine((value, context) => {
      if (typeof value !== 'object' || value === null) return
      for (const key of Object.keys(value)) {
        const name = known.get(folded(key))
        if (name === undefined || name === key) continue
        const message = 'in the letter case of the specification: programs disagree on any other'
        context.addIssue({ code: 'custom', path: [key], message })
      }
    })
    .pipe(z.object(shape))
}

/** A key as Go compares it (encoding/json, foldName): two letters beyond ASCII are those of ASCII, too. */
export function folded(key: string): string {
  return key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase()
}
