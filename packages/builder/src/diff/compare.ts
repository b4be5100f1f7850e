import type { JsonObject } from '@edgelift/bundle'
import { type ChartFacts, type Content, requireSameKind, type Subject } from './subject.ts'

/** Something that is only on one side (`from` or `to` absent), or differs. */
export interface Change {
  readonly name: string
  readonly from?: string
  readonly to?: string
}

export interface ContentChange extends Change {
  /** Bytes on either side; 0 where it is not. */
  readonly fromSize: number
  readonly toSize: number
}

export interface ChartChange extends Change {
  /** Dotted paths into the chart's release, values and variants; values as JSON. */
  readonly values: readonly Change[]
}

/** Everything in which two subjects differ; every list sorted by name. */
export interface Difference {
  readonly from: string
  readonly to: string
  readonly isEmpty: boolean
  readonly components: readonly Change[]
  readonly images: readonly ContentChange[]
  readonly charts: readonly ChartChange[]
  readonly crds: readonly ContentChange[]
  readonly files: readonly ContentChange[]
  readonly settings: readonly Change[]
  /** Bytes. */
  readonly size: { readonly from: number; readonly to: number }
}

/**
 * Pure.
 * @throws DIFF_SUBJECT for a lock and something else
 */
export function compare(a: Subject, b: Subject): Difference {
  requireSameKind(a, b)
  const components = changes(a.versions, b.versions)
  const images = movedImages(contentChanges(a.images, b.images))
  const charts = chartChanges(a.charts, b.charts)
  const crds = contentChanges(a.crds, b.crds)
  const files = contentChanges(a.files, b.files)
  const named = changes(a.settings, b.settings)
  const isSame = [components, images, charts, crds, files, named].every((list) => list.length === 0)
  // Such as who needs an image, or a licence: two that differ are never called the same.
  const settings = isSame ? changes(a.source, b.source) : named
  return {
    from: a.name,
    to: b.name,
    isEmpty: isSame && settings.length === 0,
    ...{ components, images, charts, crds, files, settings },
    size: { from: a.size, to: b.size },
  }
}

function changes(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): Change[] {
  return namesOf(a, b).flatMap((name) => {
    const [from, to] = [a.get(name), b.get(name)]
    return from === to
      ? []
      : [{ name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }]
  })
}

function contentChanges(a: ReadonlyMap<string, Content>, b: ReadonlyMap<string, Content>): ContentChange[] {
  const digests = (side: ReadonlyMap<string, Content>) =>
    new Map([...side].map(([name, { digest }]) => [name, digest]))
  return changes(digests(a), digests(b)).map((change) => ({
    ...change,
    fromSize: a.get(change.name)?.size ?? 0,
    toSize: b.get(change.name)?.size ?? 0,
  }))
}

/** A tag that took the place of another one of the same repository is one change, not an image less and one more. */
function movedImages(list: readonly ContentChange[]): ContentChange[] {
  const gone = list.filter((one) => one.to === undefined)
  const come = list.filter((one) => one.from === undefined)
  const pairs = gone.flatMap((old) => {
    const same = (one: ContentChange): boolean => placeOf(one.name) === placeOf(old.name)
    const candidates = come.filter(same)
    const [next] = candidates
    return next !== undefined && candidates.length === 1 && gone.filter(same).length === 1
      ? [{ old, next }]
      : []
  })
  const paired = new Set(pairs.flatMap(({ old, next }) => [old, next]))
  const moved = pairs.map(({ old, next }) => ({
    name: placeOf(old.name),
    from: `${tagOf(old.name)} ${old.from}`,
    to: `${tagOf(next.name)} ${next.to}`,
    fromSize: old.fromSize,
    toSize: next.toSize,
  }))
  return [...list.filter((one) => !paired.has(one)), ...moved].sort((x, y) => (x.name < y.name ? -1 : 1))
}

/** Repository and platform of `REPOSITORY:TAG (PLATFORM)`. */
function placeOf(name: string): string {
  return name.replace(/:[^:/\s]+(?=$|\s)/, '')
}

function tagOf(name: string): string {
  return /:([^:/\s]+)(?=$|\s)/.exec(name)?.[1] ?? ''
}

function chartChanges(a: ReadonlyMap<string, ChartFacts>, b: ReadonlyMap<string, ChartFacts>): ChartChange[] {
  return namesOf(a, b).flatMap((name) => {
    const [old, next] = [a.get(name), b.get(name)]
    const [from, to] = [old?.content?.digest, next?.content?.digest]
    const both = old !== undefined && next !== undefined
    const values = both ? changes(leaves(old.settings), leaves(next.settings)) : []
    if (from === to && values.length === 0) return []
    return [{ name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), values }]
  })
}

/** Dotted path to JSON of every value that is no map. */
function leaves(object: JsonObject): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const walk = (value: unknown, at: string): void => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isMap || Object.keys(value).length === 0) found.set(at, JSON.stringify(value))
    else for (const [key, inner] of Object.entries(value)) walk(inner, at === '' ? key : `${at}.${key}`)
  }
  walk(object, '')
  return found
}

function namesOf(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort()
}
