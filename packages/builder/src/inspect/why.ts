import { type BundleManifest, type Origin, type Requirer, requirerOf, type When } from '@edgelift/bundle'
import type { Lang } from '@edgelift/core'
import { fail } from '../codes.ts'

/** Something in the archive that a name leads to, and who asks for it. */
export interface Reason {
  readonly kind: 'image' | 'file' | 'chart'
  /** Reference, path or chart name. */
  readonly name: string
  readonly origin?: Origin
  readonly neededBy: readonly Requirer[]
}

/**
 * Everything that a name may mean: an image's reference (whole, or a part such as `edgemesh-agent`), a path, a chart.
 * Exact names go before parts of names.
 * @throws NAME_UNKNOWN
 */
export function why(manifest: BundleManifest, name: string): Reason[] {
  const all = allReasons(manifest)
  const exact = all.filter((one) => one.name === name || shortNames(one).includes(name))
  if (exact.length > 0) return exact
  const images = new Set(manifest.images.map((image) => image.file))
  const partly = all.filter((one) => one.name.includes(name) && !images.has(one.name))
  if (partly.length > 0) return partly
  throw fail('NAME_UNKNOWN', {
    what: {
      en: `${manifest.name} has no image, path or chart "${name}"`,
      zh: `${manifest.name} 中没有 "${name}"`,
    },
    fix: {
      en: 'list the names with --images and --files',
      zh: '请给出镜像、路径或 chart；可用 --images 和 --files 列出',
    },
  })
}

/** `with option mosquitto`: the condition of a requirer, in words. */
export function whenWords(when: When | undefined, lang: Lang): string {
  if (when === undefined) return ''
  if ('option' in when) return lang === 'zh' ? `选项 ${when.option}` : `with option ${when.option}`
  return lang === 'zh' ? `当 ${when.fact}` : `where ${when.fact}`
}

/** Where a file came from, in one line. */
export function originWords(origin: Origin): string {
  switch (origin.kind) {
    case 'url':
      return origin.member === undefined ? origin.url : `${origin.url} (${origin.member})`
    case 'image':
      return `${origin.reference}@${origin.digest}`
    case 'image-file':
      return `${origin.reference}@${origin.digest} (${origin.member})`
    case 'edgelift':
      return `edgelift ${origin.version}`
  }
}

function allReasons(manifest: BundleManifest): Reason[] {
  const { files, images, charts } = manifest
  return [
    ...images.map((image): Reason => {
      const origin: Origin = { kind: 'image', reference: image.reference, digest: image.digest }
      return { kind: 'image', name: image.reference, origin, neededBy: image.neededBy }
    }),
    ...charts.map((chart): Reason => {
      const file = files.find((one) => one.path === chart.path)
      const installer = requirerOf({ kind: 'installer', name: 'cloud' }, chart.when)
      return {
        kind: 'chart',
        name: chart.name,
        neededBy: [installer],
        ...(file === undefined ? {} : { origin: file.origin }),
      }
    }),
    ...files.map(({ path, origin, neededBy }): Reason => ({ kind: 'file', name: path, origin, neededBy })),
  ]
}

/** `docker.io/library/busybox:1` is also `busybox:1`, `docker.io/kubeedge/x:1` also `kubeedge/x:1`. */
function shortNames(reason: Reason): string[] {
  if (reason.kind !== 'image' || !reason.name.startsWith('docker.io/')) return []
  const short = reason.name.slice('docker.io/'.length)
  return [short, short.replace(/^library\//, '')]
}
