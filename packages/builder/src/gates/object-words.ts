import { readObjects } from './kubernetes-yaml.ts'
import { decoded, isMap, nameOf } from './pods.ts'

/** Where a word stands in a Kubernetes object. */
export interface Place {
  /** `Deployment x` */
  readonly object: string
  /** `spec.template.spec.containers[0].args[1]` */
  readonly path: string
  /** The key, the name of the variable, or the flag before the word: what says what it is. */
  readonly hint: string
}

/** What is looked for; each returns what it finds. */
export interface Visitor<T> {
  /** A word, without blanks, quotes and brackets, and the whole text that it stands in. */
  readonly word: (word: string, place: Place, text: string) => readonly T[]
  /** A map, the place of which ends with its own key. */
  readonly map?: (map: Record<string, unknown>, place: Place) => readonly T[]
}

interface At extends Place {
  /** How many texts inside of texts are still looked into. */
  readonly depth: number
}

const TEXT_DEPTH = 3
const LONGEST_TEXT = 1024 * 1024

/**
 * Goes through all words and maps of a Kubernetes object, and the maps in YAML and JSON texts inside of it. Descriptions are
 * passed over, and of a definition (CRD) all but the defaults that its objects get.
 */
export function visit<T>(document: unknown, visitor: Visitor<T>): T[] {
  return search(document, { object: 'object', path: '', hint: '', depth: TEXT_DEPTH }, visitor)
}

function search<T>(value: unknown, at: At, visitor: Visitor<T>): T[] {
  if (typeof value === 'string') return [...inWords(value, at, visitor), ...inMaps(value, at, visitor)]
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      const before: unknown = value[index - 1]
      const hint = typeof before === 'string' && before.startsWith('-') ? before : at.hint
      return search(item, { ...at, path: `${at.path}[${index}]`, hint }, visitor)
    })
  }
  if (!isMap(value)) return []
  const named = nameOf(value)
  const own = named === undefined ? at : { ...at, object: named, path: '', hint: '' }
  if (value.kind === 'CustomResourceDefinition') return inDefaults(value, own, visitor)
  return [
    ...(visitor.map?.(value, own) ?? []),
    ...Object.entries(decoded(value)).flatMap(([key, item]) =>
      key === 'description' ? [] : search(item, { ...below(own, key), hint: hintOf(value, key) }, visitor),
    ),
  ]
}

/** The name of a variable, or the path of a JSON patch (RFC 6902), says more than the key `value`. */
function hintOf({ name, op, path }: Record<string, unknown>, key: string): string {
  if (key !== 'value') return key
  if (typeof op === 'string' && typeof path === 'string') return path
  return typeof name === 'string' ? name : key
}

function inDefaults<T>(schema: unknown, at: At, visitor: Visitor<T>): T[] {
  const parts = Array.isArray(schema) ? [...schema.entries()] : isMap(schema) ? Object.entries(schema) : []
  return parts.flatMap(([key, item]: [string | number, unknown]) =>
    key === 'default'
      ? search(item, below(at, key), visitor)
      : inDefaults(item, { ...below(at, key), hint: typeof key === 'string' ? key : at.hint }, visitor),
  )
}

function below(at: At, key: string | number): At {
  if (typeof key === 'number') return { ...at, path: `${at.path}[${key}]` }
  return { ...at, path: at.path === '' ? key : `${at.path}.${key}` }
}

const WORD = /[^\s"'`,;=()[\]{}<>|\\]+/g

function inWords<T>(text: string, at: At, { word }: Visitor<T>): T[] {
  let { hint } = at
  return [...text.matchAll(WORD)].flatMap(([found]) => {
    const before = hint
    if (/\w/.test(found)) hint = found // the colon of `"key":"value"` says nothing
    return word(found, { ...at, hint: before }, text)
  })
}

/** The maps of a text that is YAML or JSON: `valuesContent` of a HelmChart, a file in a ConfigMap. */
function inMaps<T>(text: string, at: At, { map }: Visitor<T>): T[] {
  if (map === undefined || at.depth === 0 || text.length > LONGEST_TEXT || !/:[\s\S]*:/.test(text)) return []
  const objects = readObjects(text)
  if ('reason' in objects) return []
  const inner = { ...at, hint: '', depth: at.depth - 1 }
  const found = objects.filter((object) => typeof object === 'object')
  // Its words have been looked at as they stand in the text.
  return found.flatMap((object) =>
    search(object, inner, { word: () => [], map: (one, { hint }) => map(one, { ...at, hint }) }),
  )
}
