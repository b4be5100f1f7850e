import { readFile } from 'node:fs/promises'
import type { Role } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'
import { loadAll, YAMLException } from 'js-yaml'
import type { z } from 'zod'
import { fail } from '../codes.ts'
import { CloudAnswers, EdgeAnswers } from './schema.ts'
import { ANSWERS, type AnswerSpec, flagOf, variableOf } from './table.ts'

export interface AnswerSources {
  readonly role: Role
  /** As typed, by flag name. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** `install.yaml`. */
  readonly file: string
  /** Whether the file was named by the operator and so has to be there. */
  readonly fileNamed: boolean
}

export type Answers = ({ readonly role: 'cloud' } & CloudAnswers) | ({ readonly role: 'edge' } & EdgeAnswers)

/**
 * The answers of an installation: a flag comes before the environment, the environment before the file.
 * @throws ANSWER_INVALID, ANSWER_UNKNOWN naming where the answer stands and what would be right
 */
export async function loadAnswers(sources: AnswerSources): Promise<Answers> {
  const values: Record<string, unknown> = await readAnswerFile(sources)
  const origin = new Map<string, string>(
    Object.keys(values).map((name) => [name, `${sources.file}: ${name}`]),
  )
  for (const spec of ANSWERS as readonly AnswerSpec[]) {
    const [text, where] = spoken(spec, sources)
    if (text === undefined) continue
    if (!spec.roles.includes(sources.role)) throw notOfThisRole(where, sources.role)
    setDeep(values, spec.name, parseWords(spec, text, where))
    origin.set(spec.name, where)
  }
  return sources.role === 'cloud'
    ? { role: 'cloud', ...parsed(CloudAnswers, values, { origin, role: 'cloud' }) }
    : { role: 'edge', ...parsed(EdgeAnswers, values, { origin, role: 'edge' }) }
}

/** What was said by flag, else by the environment, and where. */
function spoken(spec: AnswerSpec, { flags, env }: AnswerSources): [text: string | undefined, where: string] {
  const flag = flagOf(spec.name)
  const typed = flags[flag]
  if (typed !== undefined) return [String(typed), `--${flag}`]
  return [env[variableOf(spec.name)], variableOf(spec.name)]
}

async function readAnswerFile({ file, fileNamed }: AnswerSources): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT') && !fileNamed) return {}
    throw invalid(file, error instanceof Error ? error.message : String(error))
  }
  try {
    // A file of comments only holds no document, which is no error here.
    const value: unknown = loadAll(text)[0] ?? {}
    if (typeof value === 'object' && !Array.isArray(value)) return { ...value }
    throw invalid(file, 'name: value')
  } catch (error) {
    if (error instanceof YAMLException) throw invalid(file, error.message)
    throw error
  }
}

function parseWords(spec: AnswerSpec, text: string, where: string): unknown {
  const items = text.split(',').filter((item) => item !== '')
  switch (spec.kind) {
    case 'text':
      return text
    case 'list':
      return items
    case 'yes-or-no': {
      const word = text.toLowerCase()
      if (['true', 'yes', 'y', '1', ''].includes(word)) return true
      if (['false', 'no', 'n', '0'].includes(word)) return false
      throw invalid(where, 'yes | no')
    }
    case 'labels':
      return Object.fromEntries(items.map((item) => pair(item, where, 'key=value,key=value')))
    case 'relays':
      return items.map((item) => {
        const [nodeName, addresses] = pair(item, where, 'node=address+address,node=address')
        return { nodeName, advertiseAddress: addresses.split('+') }
      })
  }
}

function pair(item: string, where: string, form: string): [string, string] {
  const at = item.indexOf('=')
  if (at < 1) throw invalid(where, form)
  return [item.slice(0, at), item.slice(at + 1)]
}

function setDeep(values: Record<string, unknown>, name: string, value: unknown): void {
  const [head = '', ...rest] = name.split('.')
  if (rest.length === 0) {
    values[head] = value
    return
  }
  const below = values[head]
  const copy: Record<string, unknown> = typeof below === 'object' && below !== null ? { ...below } : {}
  setDeep(copy, rest.join('.'), value)
  values[head] = copy
}

function parsed<T extends z.ZodType>(
  schema: T,
  values: unknown,
  context: { origin: ReadonlyMap<string, string>; role: Role },
): z.infer<T> {
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.path.map(String) ?? []
  if (issue?.code === 'unrecognized_keys')
    throw unknown([...path, ...issue.keys.slice(0, 1)].join('.'), context.role)
  const name = path.join('.')
  const where = context.origin.get(name) ?? context.origin.get(path[0] ?? '') ?? name
  throw invalid(where, issue?.message ?? '')
}

function invalid(where: string, expected: string): Error {
  return fail('ANSWER_INVALID', {
    what: { en: `${where}: this answer cannot be used`, zh: `${where}：该答案无效` },
    because: { en: `expected: ${expected}`, zh: `应为：${expected}` },
    cure: {
      en: 'see ./install.sh --help, and the comments in install.yaml',
      zh: '参见 ./install.sh --help 以及 install.yaml 中的注释',
    },
  })
}

function unknown(name: string, role: Role): Error {
  const known = namesOf(role)
  return fail('ANSWER_UNKNOWN', {
    what: { en: `"${name}" is not an answer of the ${role} role`, zh: `"${name}" 不是 ${role} 角色的答案项` },
    cure: { en: `answers are: ${known.join(', ')}`, zh: `可用的答案项：${known.join('、')}` },
  })
}

function notOfThisRole(where: string, role: Role): Error {
  const known = namesOf(role)
  return fail('ANSWER_UNKNOWN', {
    what: { en: `${where} is not an answer of the ${role} role`, zh: `${where} 不是 ${role} 角色的答案项` },
    cure: { en: `answers are: ${known.join(', ')}`, zh: `可用的答案项：${known.join('、')}` },
  })
}

function namesOf(role: Role): string[] {
  return (ANSWERS as readonly AnswerSpec[])
    .filter((spec) => spec.roles.includes(role))
    .map((spec) => spec.name)
}
