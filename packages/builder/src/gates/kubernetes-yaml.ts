import { readKubernetesYaml, YamlError } from '@edgelift/core'

/**
 * The documents of a text of Kubernetes objects.
 * @returns the reason instead, when it cannot be read
 */
export function readObjects(text: string): readonly unknown[] | { readonly reason: string } {
  try {
    return readKubernetesYaml(text)
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    return { reason: [error.message, error.snippet].filter(Boolean).join('\n') }
  }
}
