import { nearest } from '@edgelift/core'
import { mergeReleases } from './merge.ts'
import type { SchemaDefect } from './schema-errors.ts'

/** Maps of parts that have names. In other maps, values of charts say, `null` has a meaning of its own. */
const NAMED = ['options', 'files', 'images', 'imageLists', 'imageFiles', 'charts']

/**
 * Parts that a release removes by `null` and that nothing below it has: mistyped, or renamed below, and so packed in silence.
 * @param chain the release and those that it extends, the furthest last
 */
export function vainRemovals(chain: readonly unknown[]): SchemaDefect[] {
  return chain.flatMap((value, at) => {
    const below = chain.slice(at + 1).reduceRight<unknown>((lower, upper) => mergeReleases(lower, upper), {})
    return NAMED.flatMap((section) => {
      const there = Object.keys(mapAt(below, section))
      return Object.entries(mapAt(value, section))
        .filter(([name, part]) => part === null && !there.includes(name))
        .map(([name]) => defect(section, name, nearest(name, there)))
    })
  })
}

function mapAt(value: unknown, key: string): Readonly<Record<string, unknown>> {
  const map = (value as Readonly<Record<string, unknown>> | null)?.[key]
  return typeof map === 'object' && map !== null && !Array.isArray(map)
    ? (map as Record<string, unknown>)
    : {}
}

function defect(section: string, name: string, meant: string | undefined): SchemaDefect {
  const [en, zh] = meant === undefined ? ['', ''] : [`; did you mean "${meant}"?`, `；是否指 "${meant}"？`]
  return {
    path: [section, name],
    text: {
      en: `null removes nothing: no release that is extended has this part${en}`,
      zh: `null 没有移除任何内容：所继承的发布中没有该项${zh}`,
    },
  }
}
