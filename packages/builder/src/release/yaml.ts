import { readReleaseYaml, YamlError, yamlLines } from '@edgelift/core'
import { fail } from '../codes.ts'

/** A parsed file, and where its parts stand. */
export interface YamlFile {
  readonly value: unknown
  /** The line of a key or list item, counted from 1; of its nearest ancestor when it is not there itself. */
  lineOf(path: readonly PropertyKey[]): number
}

/**
 * Parses one YAML document. A key that stands twice in a map is refused.
 * @param file how errors name it
 * @throws RELEASE_UNREADABLE with line and column
 */
export function parseYaml(text: string, file: string): YamlFile {
  try {
    const documents = readReleaseYaml(text)
    if (documents.length > 1) throw severalDocuments(file, documents.length)
    return { value: documents[0], lineOf: linesAsked(text) }
  } catch (error) {
    if (error instanceof YamlError) throw unreadable(file, error)
    throw error
  }
}

/** Reads the text when the first place is asked for, and once for all of them: a file may have thousands of defects. */
function linesAsked(text: string): YamlFile['lineOf'] {
  let lines: YamlFile['lineOf'] | undefined
  return (path) => {
    lines ??= yamlLines(text)
    return lines(path)
  }
}

function severalDocuments(file: string, count: number): Error {
  return fail('RELEASE_UNREADABLE', {
    what: {
      en: `${file}: expected one YAML document, found ${count}`,
      zh: `${file}：应只有一个 YAML 文档，实际有 ${count} 个`,
    },
    fix: { en: 'remove the "---" lines between them', zh: '请删除文档之间的 "---" 行' },
  })
}

function unreadable(file: string, error: YamlError): Error {
  const where = error.line === undefined ? '' : `:${error.line}:${error.column ?? 1}`
  const because = error.duplicateKey
    ? { en: 'the same key appears twice in one map', zh: '同一映射中有重复的键' }
    : [error.message, error.snippet].filter(Boolean).join('\n')
  return fail(
    'RELEASE_UNREADABLE',
    {
      what: { en: `${file}${where}: not valid YAML`, zh: `${file}${where}：不是有效的 YAML` },
      because,
      fix: error.duplicateKey
        ? { en: 'remove or rename one of them', zh: '请删除或重命名其中一个' }
        : {
            en: 'fix that line; quote text that contains ": " or " #"',
            zh: '请修正该行；含有 ": " 或 " #" 的文本需要引号',
          },
    },
    { cause: error },
  )
}
