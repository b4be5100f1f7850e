import { CORE_SCHEMA, FAILSAFE_SCHEMA, type LoadOptions, loadAll, YAMLException } from 'js-yaml'
import type { Text } from '../text.ts'
import { jsonObjects } from './json-objects.ts'
import { KUBERNETES_SCHEMA } from './kubernetes-schema.ts'
import { reindentFlow } from './reindent.ts'

interface Reason {
  readonly reason: string
  readonly mark?:
    | { readonly line: number; readonly column: number; readonly snippet?: string | null | undefined }
    | undefined
}

/** Why a text is not YAML, or not one that is taken. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
  /** Counted from 1; undefined where no one place is wrong. */
  readonly line: number | undefined
  readonly column: number | undefined
  /** The lines around the place. */
  readonly snippet: string | undefined
  /** A key stands twice in one map. */
  readonly duplicateKey: boolean

  constructor(cause: Reason) {
    super(cause.reason, { cause })
    this.line = cause.mark === undefined ? undefined : cause.mark.line + 1
    this.column = cause.mark === undefined ? undefined : cause.mark.column + 1
    this.snippet = cause.mark?.snippet ?? undefined
    this.duplicateKey = cause.reason.includes('duplicated mapping key')
  }
}

/** Where a text is not YAML, and why; without the lines themselves, which may hold a secret. */
export function yamlErrorWords({ line, column, message, duplicateKey }: YamlError): Text {
  const why: Text = duplicateKey
    ? { en: 'the same key appears twice in one map', zh: '同一映射中有重复的键' }
    : { en: message, zh: `不是有效的 YAML（${message}）` }
  if (line === undefined) return why
  return {
    en: `line ${line}, column ${column ?? 1}: ${why.en}`,
    zh: `第 ${line} 行第 ${column ?? 1} 列：${why.zh}`,
  }
}

const MAX_DEPTH = 1000 // schemas inside of CRDs nest deeper than js-yaml's own 100
const KUBERNETES_ALIASES = 1000
const SETTINGS_ALIASES = 100 // more is a file that unfolds into something huge

/**
 * Every document of a text that Helm has rendered or Kubernetes reads: YAML 1.1 scalars (`0644` is 420, `on` is true),
 * the last of two equal keys counts, flow collections and quotes may stand in any column.
 * @throws YamlError
 */
export function readKubernetesYaml(text: string): unknown[] {
  try {
    return read(text, { schema: KUBERNETES_SCHEMA, json: true, maxAliases: KUBERNETES_ALIASES })
  } catch (error) {
    const objects = jsonObjects(text) // kubectl also takes JSON objects one after the other
    if (objects === undefined) throw error
    return objects
  }
}

/**
 * Every document of a release: read as Kubernetes reads, since it holds the values of charts; a key that stands twice
 * in one map is refused.
 * @throws YamlError
 */
export function readReleaseYaml(text: string): unknown[] {
  return acceptable(
    read(text, { schema: KUBERNETES_SCHEMA, json: false, maxAliases: SETTINGS_ALIASES }),
    text,
  )
}

/**
 * Every document of a file that people write for edgelift alone: YAML 1.2 scalars (`no` is a word), a key that stands
 * twice is refused. What a text of Kubernetes may look like, it may look like too.
 * @throws YamlError
 */
export function readSettingsYaml(text: string): unknown[] {
  return acceptable(read(text, { schema: CORE_SCHEMA, json: false, maxAliases: SETTINGS_ALIASES }), text)
}

/**
 * As {@link readSettingsYaml}, with each scalar as the text that stands there: `1.10` and `007` are no other numbers.
 * @throws YamlError
 */
export function readSettingsTexts(text: string): unknown[] {
  return acceptable(read(text, { schema: FAILSAFE_SCHEMA, json: false, maxAliases: SETTINGS_ALIASES }), text)
}

const PROTOTYPE = '__proto__'

const HALF = /[\ud800-\udfff]/u // with this flag, only what is no half of a whole character
const HALVED =
  'an escape \\ud800 to \\udfff stands alone, and half of a character cannot be written: remove it'

/**
 * Refuses a key that would reach an object's prototype as soon as a map is merged or copied, and text that no file and no URL
 * can hold. Each map is looked at once, however many aliases name it.
 */
function acceptable(documents: unknown[], text: string): unknown[] {
  const seen = new Set<object>()
  const waiting: unknown[] = [...documents]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string' && HALF.test(value)) throw new YamlError({ reason: HALVED })
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    if (Object.hasOwn(value, PROTOTYPE)) throw new YamlError(prototypeKey(text))
    seen.add(value)
    for (const [key, inner] of Object.entries(value)) waiting.push(key, inner)
  }
  return documents
}

function prototypeKey(text: string): Reason {
  const reason = `the key "${PROTOTYPE}" is not allowed: remove it`
  const before = text.slice(0, Math.max(0, text.indexOf(PROTOTYPE))).split('\n')
  if (!text.includes(PROTOTYPE)) return { reason } // written with escapes
  const [line, column] = [before.length - 1, before.at(-1)?.length ?? 0]
  return { reason, mark: { line, column, snippet: text.split('\n')[line] } }
}

function read(text: string, options: LoadOptions): unknown[] {
  const documents = tolerant(text, (one) => loadAll(one, { ...options, maxDepth: MAX_DEPTH }))
  if (text.includes('*') && unfoldedSize(documents) > UNFOLDED_LIMIT)
    throw new YamlError({ reason: TOO_MANY })
  return documents
}

/** Values of a text once every alias is followed. CRDs of the field have some ten thousand. */
const UNFOLDED_LIMIT = 2_000_000
const TOO_MANY = `its aliases unfold into more than ${UNFOLDED_LIMIT} values, or one contains itself`

/** How many values a walk would meet that follows aliases; infinite where one leads back to where it stands. */
function unfoldedSize(root: unknown): number {
  const sizes = new Map<object, number>()
  const sizeOf = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 1
    const known = sizes.get(value)
    if (known !== undefined) return known
    sizes.set(value, Infinity) // until it is known: who meets it on the way down is inside of it
    let size = 1
    for (const inner of Object.values(value)) size += sizeOf(inner)
    sizes.set(value, size)
    return size
  }
  return sizeOf(root)
}

/**
 * Runs a parser over a text as it stands, else as it stands with its flow content indented.
 * @throws YamlError of the text as it stands
 */
export function tolerant<T>(text: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    try {
      return parse(reindentFlow(text))
    } catch {
      throw new YamlError(error)
    }
  }
}
