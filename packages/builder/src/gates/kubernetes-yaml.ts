import { loadAll, YAML11_SCHEMA, YAMLException } from 'js-yaml'

/**
 * The documents of a file of Kubernetes objects. Kubernetes reads YAML 1.1 and takes the last of two equal keys.
 * @returns the reason instead, when it cannot be read
 */
export function readObjects(text: string): readonly unknown[] | { readonly reason: string } {
  try {
    return loadAll(text, { schema: YAML11_SCHEMA, json: true, maxAliases: 1000 })
  } catch (error) {
    if (error instanceof YAMLException) return { reason: error.toString(true) }
    throw error
  }
}
