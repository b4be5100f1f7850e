import { flagOf, type Role, SETTINGS, type Setting, variableOf } from '@edgelift/bundle'
import type { z } from 'zod'
import { checkContradictions } from './contradictions.ts'
import { expected, expectedBy } from './expected.ts'
import { isMap, readSettingsFile, resolveFile, type SettingsFile } from './file.ts'
import { invalid, unknown } from './refusals.ts'
import { CloudSettings, EdgeSettings, type Settings } from './schema.ts'
import { checkValues, whereSaid } from './values.ts'

export interface SettingSources {
  readonly role: Role
  /** The node's architecture, as Kubernetes writes it. */
  readonly arch?: string
  /** As typed, by flag name. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of relative paths in flags and in the environment. */
  readonly cwd: string
  /** The one that counts most comes first. */
  readonly files: readonly SettingsFile[]
  /** What this machine was installed with, as it would be written in a file. */
  readonly before: Readonly<Record<string, unknown>>
}

export interface LoadedSettings {
  readonly settings: Settings
  /** Where each answer was said that was said now: a flag, a variable, or a file and the name in it. */
  readonly origin: ReadonlyMap<string, string>
  /** The file that holds the join token. */
  readonly tokenIn: string | undefined
}

/**
 * The settings of an installation: a flag comes before the environment, that before the files, these before what the
 * machine was installed with, and last come the defaults.
 * @throws ANSWER_INVALID, ANSWER_UNKNOWN, ANSWER_CONTRADICTS naming where the answer stands and what would be right
 */
export async function loadSettings(sources: SettingSources): Promise<LoadedSettings> {
  const { role, files } = sources
  const said: Record<string, unknown> = {}
  const origin = new Map<string, string>()
  let joinFile: string | undefined
  for (const file of files.toReversed()) {
    const inFile = (await readSettingsFile(file)) ?? {}
    if ('token' in inFile || 'tokenFile' in inFile) forgetToken(said)
    if ('token' in inFile) joinFile = file.path
    for (const [name, value] of Object.entries(inFile)) {
      const where = `${file.path}: ${name}`
      said[name] = fromYaml(name, value, where)
      origin.set(name, where)
    }
  }
  for (const spec of SETTINGS) {
    const [text, where] = spoken(spec, sources)
    if (text === undefined) continue
    if (!spec.roles.includes(role)) throw unknown(where, spec.name, role)
    if (spec.name === 'tokenFile') forgetToken(said)
    const value = spec.kind === 'file' ? resolveFile(sources.cwd, text) : parseWords(spec, text, where)
    setDeep(said, spec.name, value)
    origin.set(spec.name, where)
  }
  const saidNow = parseSettings(role, said, origin)
  checkValues(saidNow, origin, sources.arch)
  checkContradictions(saidNow, origin)
  const settings = parseSettings(role, { ...sources.before, ...said }, origin)
  return { settings, origin, tokenIn: tokenFileOf(settings) ?? ('token' in said ? joinFile : undefined) }
}

function tokenFileOf(settings: Settings): string | undefined {
  return settings.role === 'edge' && settings.tokenFile !== '-' ? settings.tokenFile : undefined
}

/** @throws ANSWER_INVALID, ANSWER_UNKNOWN */
export function parseSettings(
  role: Role,
  values: Readonly<Record<string, unknown>>,
  origin: ReadonlyMap<string, string> = new Map(),
): Settings {
  return role === 'cloud'
    ? { role, ...parsed(CloudSettings, values, { origin, role }) }
    : { role, ...parsed(EdgeSettings, values, { origin, role }) }
}

/** There is one token: a later way to name it replaces an earlier one. */
function forgetToken(said: Record<string, unknown>): void {
  delete said.token
  delete said.tokenFile
}

/**
 * What was said by flag, else by the environment, and where. A flag may stand alone for yes; an empty variable says nothing, as in
 * the file: scripts and CI jobs set all of them, and fill some.
 */
function spoken(spec: Setting, { flags, env }: SettingSources): [text: string | undefined, where: string] {
  const flag = flagOf(spec.name)
  const typed = flags[flag]
  if (typed !== undefined)
    return [spec.kind === 'yes-or-no' && typed === '' ? 'yes' : String(typed), `--${flag}`]
  const variable = variableOf(spec.name)
  const text = env[variable]
  return [text?.trim() === '' ? undefined : text, variable]
}

/** A text in the file is read as in a flag: `edgemesh: yes`, `labels: a=b`, `k3s: {disable: a,b}`. */
function fromYaml(name: string, value: unknown, where: string): unknown {
  const spec = SETTINGS.find((one) => one.name === name)
  if (typeof value === 'string' && spec !== undefined) return parseWords(spec, value, where)
  if (!isMap(value) || !SETTINGS.some((one) => one.name.startsWith(`${name}.`))) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null ? [] : [[key, fromYaml(`${name}.${key}`, inner, `${where}.${key}`)]],
    ),
  )
}

function parseWords(spec: Setting, text: string, where: string): unknown {
  const items = text.split(',').flatMap((item) => item.trim() || [])
  switch (spec.kind) {
    case 'file':
      return text
    case 'text':
      return text.trim() // a carriage return at its end (`$(cat FILE)` of Windows) is seen by nobody
    case 'list':
      return items
    case 'yes-or-no': {
      const word = text.trim().toLowerCase()
      if (['true', 'yes', 'y', 'on', '1'].includes(word)) return true
      if (['false', 'no', 'n', 'off', '0'].includes(word)) return false
      throw invalid(where, expected('yes or no', text))
    }
    case 'labels':
      return labelsOf(
        items.map((item) => pair(item, where, 'key=value,key=value')),
        where,
      )
    case 'relays':
      return items.map((item) => {
        const [nodeName, addresses] = pair(item, where, 'node=address+address,node=address')
        return { nodeName, advertiseAddress: addresses.split('+').map((one) => one.trim()) }
      })
  }
}

/**
 * A key that is said twice would silently keep its last value.
 * @throws ANSWER_INVALID
 */
export function labelsOf(
  pairs: readonly (readonly [string, string])[],
  where: string,
): Record<string, string> {
  const labels = Object.fromEntries(pairs)
  const twice = pairs.filter(([key]) => pairs.filter((other) => other[0] === key).length > 1)
  if (twice.length > 0)
    throw invalid(where, expected('each key once', twice.map((one) => one.join('=')).join(', ')))
  // The schema would leave it out in silence, where it refuses other keys that are none.
  if (Object.hasOwn(labels, '__proto__')) throw invalid(where, expected('a label key', '__proto__'))
  return labels
}

function pair(item: string, where: string, form: string): [string, string] {
  const at = item.indexOf('=')
  if (at < 1) throw invalid(where, expected(form, item))
  return [item.slice(0, at).trim(), item.slice(at + 1).trim()]
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
  { origin, role }: { readonly origin: ReadonlyMap<string, string>; readonly role: Role },
): z.infer<T> {
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.path.map(String) ?? []
  if (issue?.code === 'unrecognized_keys') {
    const name = [...path, ...issue.keys.slice(0, 1)].join('.')
    throw unknown(whereSaid(name, origin), name, role)
  }
  throw invalid(whereSaid(path.join('.'), origin), expectedBy(issue, values))
}
