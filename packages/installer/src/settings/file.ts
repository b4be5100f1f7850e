import path from 'node:path'
import { SETTINGS } from '@edgelift/bundle'
import {
  fileErrorWords,
  isErrno,
  readNamedText,
  readSettingsTexts,
  readSettingsYaml,
  YamlError,
  yamlErrorWords,
} from '@edgelift/core'
import { invalid, unreadable } from './refusals.ts'

/** A file with settings: `install.yaml`, or the one that `--config` names. */
export interface SettingsFile {
  readonly path: string
  /** Whether the operator named it, and so it has to be there. */
  readonly named: boolean
}

/**
 * What stands in it. An empty value counts as not said; paths are those of the file's own folder.
 * @returns undefined where there is no such file and none was named
 * @throws ANSWER_INVALID
 */
export async function readSettingsFile(file: SettingsFile): Promise<Record<string, unknown> | undefined> {
  const text = await textOf(file)
  if (text === undefined) return undefined
  const said = mapping(file.path, text)
  for (const { name, kind } of SETTINGS) {
    const value = said[name]
    if (kind === 'file' && typeof value === 'string') said[name] = resolveFile(path.dirname(file.path), value)
  }
  return said
}

/** A path that was answered, absolute; `-` is standard input. */
export function resolveFile(folder: string, answer: string): string {
  return answer === '-' ? answer : path.resolve(folder, answer)
}

async function textOf({ path: file, named }: SettingsFile): Promise<string | undefined> {
  try {
    return await readNamedText(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT') && !named) return undefined
    throw unreadable(file, fileErrorWords(error))
  }
}

function mapping(file: string, text: string): Record<string, unknown> {
  try {
    // A file of comments only holds no document, which is no error here.
    const documents = readSettingsYaml(text)
    const value: unknown = documents[0] ?? {}
    if (documents.length > 1 || typeof value !== 'object' || Array.isArray(value)) {
      throw invalid(file, {
        en: 'expected: one document of "name: value" lines',
        zh: '应为：一个由“名称: 值”各行组成的文档（半角冒号，后接空格）',
      })
    }
    const [texts] = readSettingsTexts(text) as [Record<string, unknown>?]
    return Object.fromEntries(
      Object.entries(value as object).flatMap(([name, one]) =>
        one === null ? [] : [[name, asWritten(name, one, texts?.[name])]],
      ),
    )
  } catch (error) {
    if (error instanceof YamlError) throw invalid(file, yamlErrorWords(error))
    throw error
  }
}

/** A setting that is text, and each label, as it stands there: YAML would make `1.1` of `1.10`, and `7` of `007`. */
function asWritten(name: string, value: unknown, text: unknown): unknown {
  const kind = SETTINGS.find((one) => one.name === name)?.kind
  if (kind === 'labels' && isMap(value) && isMap(text))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, written(one, text[key])]))
  return kind === 'text' ? written(value, text) : value
}

function written(value: unknown, text: unknown): unknown {
  return (typeof value === 'number' || typeof value === 'boolean') && typeof text === 'string' ? text : value
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
