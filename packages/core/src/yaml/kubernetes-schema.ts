import {
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  FAILSAFE_SCHEMA,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  Schema,
} from 'js-yaml'

/**
 * Scalars as Helm and Kubernetes read them: YAML 1.1 without numbers of base 60, and points in time as text
 * (sigs.k8s.io/yaml, goyaml.v2/resolve.go). A tag that nobody knows is ignored there, so it is here.
 */
export const KUBERNETES_SCHEMA = new Schema([
  ...FAILSAFE_SCHEMA.tags,
  plain<null>('null', (text) => (/^(~|null|Null|NULL|)$/.test(text) ? null : NOT_RESOLVED)),
  plain<boolean>('bool', booleanOf),
  plain<number>('int', integerOf),
  plain<number>('float', floatOf),
  mergeTag,
  ...['!', 'tag:'].flatMap(ignored),
])

/** A tag with this beginning, on any kind of value, as if it were not there. */
function ignored(prefix: string) {
  return [
    defineScalarTag<string>(prefix, { matchByTagPrefix: true, resolve: (text) => text, identify: never }),
    defineSequenceTag<unknown[]>(prefix, {
      matchByTagPrefix: true,
      create: () => [],
      addItem: (list, item) => void list.push(item),
      identify: never,
    }),
    defineMappingTag<Record<string, unknown>>(prefix, {
      matchByTagPrefix: true,
      create: mapTag.create,
      addPair: mapTag.addPair,
      has: mapTag.has,
      keys: mapTag.keys,
      get: mapTag.get,
      identify: never,
    }),
  ]
}

type Resolved<T> = T | typeof NOT_RESOLVED

function plain<T>(name: string, resolve: (text: string) => Resolved<T>) {
  return defineScalarTag<T>(`tag:yaml.org,2002:${name}`, { implicit: true, resolve, identify: never })
}

function booleanOf(text: string): Resolved<boolean> {
  if (/^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true
  if (/^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false
  return NOT_RESOLVED
}

/** `0644`, `0o644`, `0x1F`, `0b11`, `1_000` (Go, strconv.ParseInt with base 0). */
function integerOf(text: string): Resolved<number> {
  const [, sign, digits = ''] = /^([-+]?)(\d[\d_a-zA-Z]*)$/.exec(text) ?? []
  const bare = digits.replaceAll('_', '')
  const octal = /^0[0-7]+$/.test(bare) ? `0o${bare.slice(1)}` : bare
  if (!/^(0[bB][01]+|0[oO][0-7]+|0[xX][\da-fA-F]+|0|[1-9]\d*)$/.test(octal)) return NOT_RESOLVED
  return sign === '-' ? -Number(octal) : Number(octal)
}

function floatOf(text: string): Resolved<number> {
  const special = /^([-+]?)\.(inf|Inf|INF)$/.exec(text)
  if (special !== null) return special[1] === '-' ? -Infinity : Infinity
  if (/^\.(nan|NaN|NAN)$/.test(text)) return NaN
  const bare = /^[-+\d.]/.test(text) ? text.replaceAll('_', '') : ''
  return /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(bare) ? Number(bare) : NOT_RESOLVED
}

function never(): boolean {
  return false
}
