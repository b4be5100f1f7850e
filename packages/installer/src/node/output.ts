import {
  EdgeliftError,
  EXIT,
  readKubernetesYaml,
  schemaIssueText,
  type Text,
  YamlError,
  yamlErrorWords,
} from '@edgelift/core'
import type { z } from 'zod'

/**
 * Reads what a command printed as JSON; nothing at all reads as `null`.
 * @param command as it was called, without secrets
 * @throws COMMAND_FAILED where it printed something else. No value of the output is in the error: it may be a secret
 */
export function readOutput<T>(schema: z.ZodType<T>, command: readonly string[], output: string): T {
  const document = jsonOf(output)
  if (document === undefined) throw unreadable(command, { en: 'not JSON', zh: '不是 JSON' })
  return conforming(schema, command, document)
}

/**
 * Reads what a command printed as YAML: its documents.
 * @throws COMMAND_FAILED as {@link readOutput}
 */
export function readYamlOutput<T>(schema: z.ZodType<T>, command: readonly string[], output: string): T {
  try {
    return conforming(schema, command, readKubernetesYaml(output))
  } catch (error) {
    throw error instanceof YamlError ? unreadable(command, yamlErrorWords(error)) : error
  }
}

function conforming<T>(schema: z.ZodType<T>, command: readonly string[], document: unknown): T {
  const result = schema.safeParse(document)
  if (result.success) return result.data
  throw unreadable(command, schemaIssueText(result.error.issues[0], document))
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreadable(command: readonly string[], because: Text): Error {
  const line = command.join(' ')
  return new EdgeliftError('COMMAND_FAILED', EXIT.failed, {
    what: { en: `cannot read the output of ${line}`, zh: `无法解析 ${line} 的输出` },
    because,
  })
}
