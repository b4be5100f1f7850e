import { plainName, type Text } from '@edgelift/core'
import type { z } from 'zod'
import { withoutTokens } from '../node/redact.ts'

/**
 * What a setting should look like, in both languages: schemas name it in English.
 * @param instead what was said in its place, to be shown; absent for a secret
 */
export function expected(message: string, instead?: unknown): Text {
  const words = message.replace(/^Invalid (input|option): expected /, '').replace(/, received .*$/, '')
  return shown({ en: `expected: ${ENGLISH[words] ?? words}`, zh: `应为：${inChinese(words)}` }, instead)
}

/** The same where settings do not follow their schema. */
export function expectedBy(issue: z.core.$ZodIssue | undefined, settings: unknown): Text {
  if (issue?.code === 'too_small') return issue.origin === 'string' ? FILLED : LISTED
  const path = issue?.path ?? []
  if (path[0] === 'token') return expected(issue?.message ?? '')
  return expected(issue?.message ?? '', issue?.code === 'invalid_key' ? path.at(-1) : valueAt(settings, path))
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (Object(at) as Record<PropertyKey, unknown>)[key], value)
}

const FILLED: Text = { en: 'expected: text that is not empty', zh: '应为：非空文本' }
const LISTED: Text = { en: 'expected: at least one item', zh: '应为：至少一项' }

const LONGEST_SHOWN = 60 // characters: enough to find it in a file

/** A token that was pasted into the wrong setting is no value to show. */
function shown({ en, zh }: Text, instead: unknown): Text {
  if (instead === undefined || instead === null || instead === '') return { en, zh }
  const clean = plainName(withoutTokens(typeof instead === 'string' ? instead : JSON.stringify(instead)))
  const characters = [...clean]
  const value = characters.length <= LONGEST_SHOWN ? clean : `${characters.slice(0, LONGEST_SHOWN).join('')}…`
  return { en: `${en}, not "${value}"`, zh: `${zh}，而不是“${value}”` }
}

const ENGLISH: Readonly<Record<string, string>> = {
  'cloud address': 'HOST or HOST:PORT',
  'Invalid key in record': 'a label key',
  array: 'a list',
  string: 'text',
  boolean: 'yes or no',
  record: 'key: value pairs',
  object: 'key: value pairs',
}

const CHINESE: Readonly<Record<string, string>> = {
  'a node name': '节点名（小写字母、数字、“-”、“.”，最长 63 个字符）',
  'an IP address': 'IP 地址',
  'an address or a host name': '地址或主机名',
  'cloud address': '地址，或“地址:端口”',
  'a label key': '标签键',
  'Invalid key in record': '标签键',
  'a label value': '标签值',
  'a label value, and "" where it is empty': '标签值；若为空请写 ""',
  'yes or no': 'yes 或 no',
  'the path of a file': '文件路径',
  'the path of a file that holds the join token': '存放接入令牌的文件路径',
  'each key once': '每个键只出现一次',
  'each key and effect once': '每个键与 Effect 的组合只出现一次',
  array: '列表',
  string: '文本',
  boolean: 'yes 或 no',
  record: '键值对',
  object: '键值对',
}

/** Forms such as `key=value:Effect` are the same in both languages. */
function inChinese(words: string): string {
  const known = CHINESE[words]
  if (known !== undefined) return known
  const choices = /^one of (.*)$/.exec(words)?.[1]
  return choices === undefined ? words : choices.replaceAll('|', ' 或 ')
}
