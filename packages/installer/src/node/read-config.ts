import { isObject, type Json, type JsonObject } from '@edgelift/bundle'
import { readKubernetesYaml, YamlError } from '@edgelift/core'

/** A configuration as its program or an operator left it; undefined when it is no YAML document of settings. */
export function readConfig(text: string): JsonObject | undefined {
  try {
    const value: unknown = readKubernetesYaml(text)[0]
    return isObject(value as Json) ? (value as JsonObject) : undefined
  } catch (error) {
    if (error instanceof YamlError) return undefined
    throw error
  }
}
