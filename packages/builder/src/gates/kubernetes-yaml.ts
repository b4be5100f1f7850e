import { readKubernetesYaml, YamlError } from '@edgelift/core'

/** The documents of a text of Kubernetes objects, or the reason why it cannot be read. */
export type ReadObjects = readonly unknown[] | { readonly reason: string }

export function readObjects(text: string): ReadObjects {
  return orReason(() => readKubernetesYaml(text))
}

/** Reads texts one after the other; nobody may change what it returns. */
export type ObjectReader = (text: string) => ReadObjects

/**
 * A {@link readObjects} that reads each document once and keeps it: a chart is rendered for each choice and each state of a
 * cluster, and most of its documents are the same in all of them.
 * @param read what reads a text
 */
export function objectReader(read: (text: string) => unknown[] = readKubernetesYaml): ObjectReader {
  const known = new Map<string, readonly unknown[]>()
  const once = (text: string): readonly unknown[] => {
    const documents = known.get(text) ?? read(text)
    known.set(text, documents)
    return documents
  }
  return (text) =>
    orReason(() => {
      try {
        return documentsOf(text).flatMap(once)
      } catch (error) {
        if (!(error instanceof YamlError)) throw error
        return read(text) // whole: directives belong to what follows, and lines are counted from the beginning
      }
    })
}

/** A line that begins with `---` ends a document wherever it stands, in a block scalar too (YAML 1.2, 9.1.2). */
function documentsOf(text: string): string[] {
  return text.split(/(?<=\n)(?=---[ \t\r\n])/)
}

function orReason(read: () => readonly unknown[]): ReadObjects {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    return { reason: [error.message, error.snippet].filter(Boolean).join('\n') }
  }
}
