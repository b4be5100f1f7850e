import { formatReference, parseReference } from '@edgelift/oci'
import { type Place, visit } from './object-words.ts'

/** A text that looks like an image with a tag or digest, in a place that nothing is known about. */
export interface MentionedImage {
  /** As written. */
  readonly text: string
  /** Canonical. */
  readonly reference: string
  /** `Deployment x, spec.template.spec.containers[0].args[1]` */
  readonly place: string
}

/** Every such text in a Kubernetes object: fields of custom resources, arguments, variables, files in ConfigMaps. */
export function mentionedImages(document: unknown): MentionedImage[] {
  return visit(document, { word: mention, map: inParts })
}

/** `{ registry, repository, tag }` and `{ image, version }`, as many charts and operators write an image. */
function inParts(map: Record<string, unknown>, place: Place): MentionedImage[] {
  const isImage = /image/i.test(place.hint)
  const { registry } = map
  // `newName`, `newTag`: Kustomize; `baseImage`: Prometheus' operator.
  const path = first(map, [
    ...['repository', 'image', 'baseImage', 'newName'],
    ...(isImage ? ['name', 'repo'] : []),
  ])
  const tag = first(map, [
    ...['tag', 'imageTag', 'newTag'],
    ...(isImage || typeof map.image === 'string' ? ['version'] : []),
  ])
  const digest = first(map, ['digest', 'imageDigest'])
  if (path === undefined || (tag === undefined && digest === undefined)) return []
  const prefix = typeof registry === 'string' && registry !== '' ? `${registry}/` : ''
  const [after, by] = [tag === undefined ? '' : `:${tag}`, digest === undefined ? '' : `@${digest}`]
  return mention(`${prefix}${path}${after}${by}`, { ...place, hint: 'image' })
}

/** The first of these keys that holds a word; a number is a tag too. */
function first(map: Record<string, unknown>, keys: readonly string[]): string | undefined {
  const values = keys.map((key) => map[key])
  const found = values.find(
    (value) => (typeof value === 'string' && value !== '') || typeof value === 'number',
  )
  return found === undefined ? undefined : String(found)
}

function mention(word: string, { object, path, hint }: Place): MentionedImage[] {
  const text = word.replace(/[.:]+$/, '')
  const bare = text.replace(/^(docker|oci):\/\//, '')
  if (!looksLikeImage(bare, bare === text ? hint : 'image')) return []
  try {
    return [{ text, reference: formatReference(parseReference(bare)), place: `${object}, ${path}` }]
  } catch {
    return [] // no reference after all
  }
}

const FORM =
  /^(?:(?<registry>[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?)\/)?(?<path>[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*)(?::(?<tag>\w[\w.-]{0,127}))?(?<digest>@sha256:[0-9a-f]{64})?$/

/**
 * A digest says it. A tag does so where the key, variable or flag speaks of an image; elsewhere the text needs a path
 * and a tag like a version, since `host:8080` and `key:value` have the same form.
 */
function looksLikeImage(text: string, hint: string): boolean {
  const { registry, path = '', tag, digest } = FORM.exec(text)?.groups ?? {}
  if (digest !== undefined) return true
  if (tag === undefined) return false
  if (/image/i.test(hint) && !/registry|server|host|addr|endpoint|url|port|policy/i.test(hint)) return true
  if (registry === undefined && !path.includes('/')) return false
  const isPort = /^\d+$/.test(tag)
  return /\d/.test(tag) && (!isPort || /[a-zA-Z].*\./.test(registry ?? ''))
}
