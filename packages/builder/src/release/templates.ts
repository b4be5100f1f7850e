/** `${name}`, and `$${name}` for a text that keeps its `${name}`. A bound, since each `${` looks for its own end. */
const TEMPLATE = /\$(\$\{[^}]{0,200}\})|\$\{([^}]{0,200})\}/g

/**
 * Puts variables into a text. In a URL each value is percent-encoded: `v1.34.2+k3s1` becomes `v1.34.2%2Bk3s1`. A
 * variable that is not there stays as it is: lint names it.
 */
export function expandText(
  text: string,
  variables: ReadonlyMap<string, string>,
  kind: 'text' | 'url' = 'text',
): string {
  return text.replace(TEMPLATE, (whole, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined) return escaped
    const value = variables.get(name ?? '')
    if (value === undefined) return whole
    return kind === 'url' ? encodeURIComponent(value) : value
  })
}

/** The variables that a text asks for. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(TEMPLATE)].flatMap(([, , name]) => (name === undefined ? [] : [name]))
}

/** Every text in a value, keys included, with its path. */
export function* textsIn(
  value: unknown,
  path: readonly PropertyKey[] = [],
): Generator<{ readonly path: readonly PropertyKey[]; readonly text: string }> {
  if (typeof value === 'string') yield { path, text: value }
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, [...path, index])
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield { path, text: key }
      yield* textsIn(item, [...path, key])
    }
  }
}

/** The same value with every text in it expanded; keys of maps stay. */
export function expandValue<T>(value: T, variables: ReadonlyMap<string, string>): T {
  if (typeof value === 'string') return expandText(value, variables) as T
  if (Array.isArray(value)) return value.map((item) => expandValue(item, variables)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expandValue(item, variables)]),
  ) as T
}
