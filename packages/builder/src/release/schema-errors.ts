import { expectationWords, nearest, type Text } from '@edgelift/core'
import type { z } from 'zod'
import { type JsonSchema, knownKeys } from './json-schema.ts'

/** One place where a file does not follow its schema. */
export interface SchemaDefect {
  readonly path: readonly PropertyKey[]
  readonly text: Text
}

type Issue = z.core.$ZodIssue

/** What is wrong, in words, for every issue that zod has found; each with its fix. */
export function describeIssues(issues: readonly Issue[], schema: JsonSchema): SchemaDefect[] {
  return issues.flatMap((issue) => describe(issue, schema, []))
}

/** `files.k3s.url`, `charts.cloudcore.variants[0].when`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('')
}

function describe(issue: Issue, schema: JsonSchema, base: readonly PropertyKey[]): SchemaDefect[] {
  const path = [...base, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = [...new Set(knownKeys(schema, path))].sort()
      const words = unknownKey(formatPath(path), known)
      const isSlip = issue.keys.length <= MOST_SLIPS
      return issue.keys.map((key) => ({
        path: [...path, key],
        text: words(isSlip ? nearest(key, known) : undefined),
      }))
    }
    case 'invalid_type':
      return [{ path, text: wrongType(issue) }]
    case 'invalid_value': {
      const words = issue.values.map((value) => JSON.stringify(value))
      const found = foundWords(issue.input)
      const [en, zh] = [words.join(' or '), `${words.join('、')}${words.length > 1 ? ' 之一' : ''}`]
      return [{ path, text: { en: `must be ${en}${found.en}`, zh: `必须是 ${zh}${found.zh}` } }]
    }
    case 'invalid_union':
      return bestForm(issue.errors).flatMap((inner) => describe(inner, schema, path))
    case 'invalid_key':
      return [{ path, text: badKey(issue) }]
    case 'too_small':
      return [{ path, text: { en: 'must not be empty', zh: '不能为空' } }]
    default:
      return [{ path, text: otherwise(issue.message) }]
  }
}

/** Of the forms that a union allows, the one that the author most likely meant. */
function bestForm(forms: readonly (readonly Issue[])[]): readonly Issue[] {
  const cost = (form: readonly Issue[]): number =>
    form.reduce((sum, issue) => sum + (issue.code === 'invalid_type' && issue.path.length === 0 ? 100 : 1), 0)
  return [...forms].sort((a, b) => cost(a) - cost(b))[0] ?? []
}

/** More unknown keys in one map are another kind of file, and no mistyped words. */
const MOST_SLIPS = 100

/** What is said of keys that `parent` does not have, by the key that was meant. A file may hold any number of them. */
function unknownKey(parent: string, known: readonly string[]): (near: string | undefined) => Text {
  const [en, zh] =
    parent === '' ? ['there is no such key', '没有该键'] : [`${parent} has no such key`, `${parent} 没有该键`]
  const listed: Text = {
    en: `${en}; known are ${known.join(', ')}`,
    zh: `${zh}；可用的键：${known.join('、')}`,
  }
  return (near) =>
    near === undefined ? listed : { en: `${en}; did you mean "${near}"?`, zh: `${zh}；是否指 "${near}"？` }
}

/** Behind what is expected: what the file has instead, as YAML reads it. */
function foundWords(input: unknown): Text {
  if (input === undefined) return { en: '', zh: '' }
  if (input === null)
    return { en: ', but it is empty: write a value, or remove the key', zh: '，但值为空：请填写，或删除该键' }
  if (typeof input === 'object') {
    return Array.isArray(input)
      ? { en: ', but it is a list', zh: '，但实际为列表' }
      : { en: ', but it is a map', zh: '，但实际为映射' }
  }
  const text = JSON.stringify(input)
  return typeof input === 'string'
    ? { en: `, but it is ${text}`, zh: `，但实际为 ${text}` }
    : { en: `, but YAML reads it as ${text}`, zh: `，但 YAML 将其读作 ${text}` }
}

function wrongType(issue: Extract<Issue, { code: 'invalid_type' }>): Text {
  if (issue.input === undefined) {
    return { en: `is missing (${WORDS[issue.expected]?.en ?? issue.expected})`, zh: '缺失' }
  }
  const expected = WORDS[issue.expected] ?? { en: issue.expected, zh: issue.expected }
  const quote = issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input)
  if (typeof issue.input === 'number' && !Number.isFinite(issue.input) && !quote)
    return {
      en: `must be a finite number, but YAML reads it as ${issue.input}`,
      zh: `必须是有限的数字，但 YAML 将其读作 ${issue.input}`,
    }
  const found = foundWords(issue.input)
  return {
    en: `must be ${expected.en}${quote ? `: put the value into quotes (YAML reads it as ${String(issue.input)})` : found.en}`,
    zh: `${mustBe(expected.zh)}${quote ? `：请给该值加引号（YAML 将其读作 ${String(issue.input)}）` : found.zh}`,
  }
}

function badKey(issue: Extract<Issue, { code: 'invalid_key' }>): Text {
  const why = expectationWords(trimmed(issue.issues[0]?.message ?? ''))
  return { en: `this name is not allowed: ${why.en}`, zh: `名称无效：应为${why.zh}` }
}

function otherwise(message: string): Text {
  const words = expectationWords(trimmed(message))
  return { en: `must be ${words.en}`, zh: mustBe(words.zh) }
}

/** In Chinese, with a space before Latin letters. */
function mustBe(words: string): string {
  return `必须是${/^[\x21-\x7e]/.test(words) ? ' ' : ''}${words}`
}

function trimmed(message: string): string {
  return message.replace(/^Invalid input: /, '')
}

const WORDS: Readonly<Record<string, Text>> = {
  string: { en: 'text', zh: '文本' },
  number: { en: 'a number', zh: '数字' },
  boolean: { en: 'true or false', zh: 'true 或 false' },
  object: { en: 'a map', zh: '映射' },
  record: { en: 'a map', zh: '映射' },
  array: { en: 'a list', zh: '列表' },
}
