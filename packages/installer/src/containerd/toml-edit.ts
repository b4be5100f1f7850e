import { EdgeliftError, type Text } from '@edgelift/core'
import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser'
import { fail } from '../problem/codes.ts'

/** A setting's way: the names of its tables, then its own. */
export type TomlPath = readonly string[]

interface Setting {
  readonly path: TomlPath
  /** Where its value stands in the text. */
  readonly range: readonly [begin: number, end: number]
}

interface Table {
  readonly path: TomlPath
  /** Where its head begins and where the head's line ends. */
  readonly head: number
  readonly lineEnd: number
}

/**
 * The settings of a TOML text by {@link pathKey}, each value as written. Inline tables are looked into; rows of tables
 * (`[[x]]`) are not: no path names one of several rows.
 * @throws TOML_UNREADABLE naming the line where one place is wrong
 */
export function tomlSettings(text: string): ReadonlyMap<string, string> {
  const { settings } = bounded(() => scan(text))
  return new Map(settings.map(({ path, range }) => [pathKey(path), text.slice(range[0], range[1])]))
}

export function pathKey(path: TomlPath): string {
  return JSON.stringify(path)
}

/** A string, or the strings of an array; undefined for what is neither. */
export function tomlStrings(value: string | undefined): string[] | undefined {
  if (value === undefined || !/^["'[]/.test(value)) return undefined
  const { x } = bounded(() => getStaticTOMLValue(parse(`x = ${value}`))) as { x?: unknown }
  const list = Array.isArray(x) ? x : [x]
  return list.filter((one) => typeof one === 'string')
}

/**
 * The text with one setting changed: its value replaced where it stands, else a line below its table's head, else a
 * table at the end. Everything else, comments too, stays as it is. The result is parsed again: it has to mean what the
 * text meant, with that one setting changed.
 * @param literal the new value, as TOML writes it
 * @throws TOML_UNREADABLE, TOML_UNEDITABLE where it cannot be written with certainty
 */
export function withSetting(text: string, path: TomlPath, literal: string): string {
  return bounded(() => {
    const wanted = valuesOf(text, [path, parse(`x = ${literal}`)])
    const changed = edited(text, path, literal)
    if (isSame(wanted, changed)) return changed
    throw uneditable(path)
  })
}

/**
 * The parser recurses with each level, and its patterns with each character of a value: what ends its stack (thousands of
 * levels, a value of megabytes) is no configuration that a containerd runs with.
 */
function bounded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw unreadable(undefined, {
      en: 'it is nested too deeply, or one of its values is too long',
      zh: '嵌套过深，或某个值过长',
    })
  }
}

function isSame(wanted: unknown, text: string): boolean {
  try {
    return canonical(wanted) === canonical(valuesOf(text))
  } catch (error) {
    if (isByHand(error)) return false
    throw error
  }
}

function edited(text: string, path: TomlPath, literal: string): string {
  const { settings, tables, firstTable } = scan(text)
  const key = pathKey(path)
  const there = settings.find((setting) => pathKey(setting.path) === key)
  if (there !== undefined) return `${text.slice(0, there.range[0])}${literal}${text.slice(there.range[1])}`
  const name = written(path.at(-1) ?? '')
  const parents = path.slice(0, -1)
  if (parents.length === 0) {
    const begin = lineStart(text, Math.min(settings[0]?.range[0] ?? text.length, firstTable ?? text.length))
    const before = begin === text.length ? endedLine(text) : text.slice(0, begin)
    return `${before}${name} = ${literal}\n${text.slice(begin)}`
  }
  const table = tables.find((one) => pathKey(one.path) === pathKey(parents))
  if (table === undefined)
    return `${endedLine(text)}\n[${parents.map(written).join('.')}]\n  ${name} = ${literal}\n`
  const indent = text.slice(lineStart(text, table.head), table.head)
  const rest = text.slice(table.lineEnd)
  return `${text.slice(0, table.lineEnd)}\n${indent}  ${name} = ${literal}${rest}`
}

function endedLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

function written(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)
}

function scan(text: string) {
  const settings: Setting[] = []
  const tables: Table[] = []
  let firstTable: number | undefined
  for (const node of parse(text).body[0].body) {
    if (node.type === 'TOMLKeyValue') collect(node, [], settings)
    else {
      firstTable ??= node.range[0]
      const path = node.resolvedKey.map(String)
      if (node.kind !== 'standard' || node.resolvedKey.some((part) => typeof part === 'number')) continue
      const newline = text.indexOf('\n', node.key.range[1])
      tables.push({ path, head: node.range[0], lineEnd: newline < 0 ? text.length : newline })
      for (const pair of node.body) collect(pair, path, settings)
    }
  }
  return { settings, tables, firstTable }
}

function collect(pair: AST.TOMLKeyValue, parents: TomlPath, into: Setting[]): void {
  const path = [...parents, ...pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))]
  if (pair.value.type === 'TOMLInlineTable') for (const inner of pair.value.body) collect(inner, path, into)
  else into.push({ path, range: pair.value.range })
}

/** What a text means; with `change`, after that one setting has been given another value. */
function valuesOf(text: string, change?: readonly [TomlPath, AST.TOMLProgram]): unknown {
  const values = getStaticTOMLValue(parse(text)) as Record<string, unknown>
  if (change === undefined) return values
  const [path, literal] = change
  let at = values
  for (const part of path.slice(0, -1)) {
    if (!Object.hasOwn(at, part)) at[part] = {}
    const next = at[part]
    if (typeof next !== 'object' || next === null || Array.isArray(next)) throw uneditable(path)
    at = next as Record<string, unknown>
  }
  at[path.at(-1) ?? ''] = (getStaticTOMLValue(literal) as { x: unknown }).x
  return values
}

/** Equal for values that are the same whatever the order of their keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
  })
}

function parse(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text)
  } catch (error) {
    if (error instanceof ParseError) throw unreadable(error.lineNumber, error.message)
    throw error
  }
}

/** Whether an error says that a text cannot be read or changed with certainty, and has to be changed by hand. */
export function isByHand(error: unknown): error is EdgeliftError {
  return (
    error instanceof EdgeliftError && (error.code === 'TOML_UNREADABLE' || error.code === 'TOML_UNEDITABLE')
  )
}

function unreadable(line: number | undefined, why: Text | string): Error {
  return fail('TOML_UNREADABLE', {
    what: {
      en: `cannot read containerd's configuration${line === undefined ? '' : `, line ${line}`}`,
      zh: `无法读取 containerd 配置${line === undefined ? '' : `第 ${line} 行`}`,
    },
    because: why,
    fix: {
      en: 'run "containerd config dump" to see what is wrong',
      zh: '请执行 containerd config dump 查看问题',
    },
  })
}

function uneditable(path: TomlPath): Error {
  return fail('TOML_UNEDITABLE', {
    what: {
      en: `cannot set ${path.join('.')} in containerd's configuration without changing something else`,
      zh: `无法在不影响其他设置的情况下修改 containerd 配置中的 ${path.join('.')}`,
    },
    fix: { en: 'set it by hand', zh: '请手动修改' },
  })
}
