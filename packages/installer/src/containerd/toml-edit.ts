import { fail } from '../problem/codes.ts'

/** A setting's way: the names of its tables, then its own. */
export type TomlPath = readonly string[]

interface Pair {
  readonly path: TomlPath
  /** Lines of the text, the last one included. */
  readonly first: number
  readonly last: number
  /** Indentation, name and equals sign, as written. */
  readonly head: string
  /** As written, over several lines where it is so, without the comment behind it. */
  readonly value: string
  /** The comment behind the value, with the blanks before it. */
  readonly tail: string
}

interface Table {
  readonly path: TomlPath
  readonly line: number
  readonly indent: string
}

const NAME = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)`
const NAMES = `${NAME}(?:\\s*\\.\\s*${NAME})*`
const TABLE = new RegExp(`^(\\s*)\\[\\s*(${NAMES})\\s*\\]\\s*(?:#.*)?$`)
const PAIR = new RegExp(`^(\\s*(${NAMES})\\s*=\\s*)(.*)$`)
const ROW_OF_TABLES = /^\s*\[\[/

/**
 * The settings of a TOML text as far as containerd writes and people usually do: tables and `name = value`, one below
 * the other. What stands in an inline table or a row of tables is not seen; whoever changes a text by this must have the
 * result read by the program that it is for.
 */
export function tomlSettings(text: string): ReadonlyMap<string, string> {
  return new Map(scan(text.split('\n')).pairs.map(({ path, value }) => [pathKey(path), value]))
}

export function pathKey(path: TomlPath): string {
  return JSON.stringify(path)
}

/** A string, or the strings of an array; undefined for what is neither. */
export function tomlStrings(value: string | undefined): string[] | undefined {
  if (value === undefined || !/^["'[]/.test(value)) return undefined
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(([, basic, literal]) =>
    basic === undefined ? (literal ?? '') : String(JSON.parse(`"${basic}"`)),
  )
}

/**
 * The text with one setting changed: its value replaced where it stands, else a line below its table's head, else a
 * table at the end. Every other line, and the comment behind the value, stays as it is.
 * @param literal the new value, as TOML writes it
 */
export function withSetting(text: string, path: TomlPath, literal: string): string {
  const lines = text.split('\n')
  const { pairs, tables, firstTable } = scan(lines)
  const key = pathKey(path)
  const there = pairs.find((pair) => pathKey(pair.path) === key)
  if (there !== undefined) {
    lines.splice(there.first, there.last - there.first + 1, `${there.head}${literal}${there.tail}`)
    return lines.join('\n')
  }
  const name = path.at(-1) ?? ''
  const parents = path.slice(0, -1)
  if (parents.length === 0) {
    const begin = Math.min(pairs[0]?.first ?? lines.length, firstTable ?? lines.length)
    if (begin === lines.length && lines.at(-1) === '') lines.pop()
    const behind = begin >= lines.length ? [''] : []
    lines.splice(begin, 0, `${written(name)} = ${literal}`, ...behind)
    return lines.join('\n')
  }
  const table = tables.find((one) => pathKey(one.path) === pathKey(parents))
  if (table !== undefined) {
    lines.splice(table.line + 1, 0, `${table.indent}  ${written(name)} = ${literal}`)
    return lines.join('\n')
  }
  const end = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${end}\n[${parents.map(written).join('.')}]\n  ${written(name)} = ${literal}\n`
}

function written(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)
}

function scan(lines: readonly string[]) {
  const pairs: Pair[] = []
  const tables: Table[] = []
  let firstTable: number | undefined
  let current: TomlPath | undefined = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const table = TABLE.exec(line)
    if (table !== null || ROW_OF_TABLES.test(line)) {
      firstTable ??= at
      current = table === null ? undefined : namesOf(table[2] ?? '')
      if (current !== undefined) tables.push({ path: current, line: at, indent: table?.[1] ?? '' })
      continue
    }
    const pair = PAIR.exec(line)
    if (pair === null) continue
    const [, head = '', names = '', rest = ''] = pair
    const { value, tail, last } = valueFrom(rest, lines, at)
    if (current !== undefined)
      pairs.push({ path: [...current, ...namesOf(names)], first: at, last, head, value, tail })
    at = last
  }
  return { pairs, tables, firstTable }
}

function namesOf(text: string): string[] {
  return [...text.matchAll(new RegExp(NAME, 'g'))].map(([name]) => {
    if (name.startsWith('"')) return String(JSON.parse(name))
    return name.startsWith("'") ? name.slice(1, -1) : name
  })
}

/** A value from its first character on: over as many lines as its brackets or its three quotes need. */
function valueFrom(rest: string, lines: readonly string[], first: number) {
  let text = rest
  for (let last = first; ; ) {
    const end = endOfValue(text)
    if (end !== undefined)
      return { value: text.slice(0, end), tail: text.slice(end).replace(/\s+$/, ''), last }
    last += 1
    if (last >= lines.length) throw unreadable(first + 1)
    text += `\n${lines[last] ?? ''}`
  }
}

/** Where a value ends: before the blanks and the comment behind it; undefined while it goes on in the next line. */
function endOfValue(text: string): number | undefined {
  let depth = 0
  for (let at = 0; at < text.length; ) {
    const long = /^("""|''')/.exec(text.slice(at))?.[1]
    if (long !== undefined) {
      const close = text.indexOf(long, at + 3)
      if (close < 0) return undefined
      at = close + 3
      continue
    }
    const quoted = /^(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*')/.exec(text.slice(at))?.[0]
    if (quoted !== undefined) {
      at += quoted.length
      continue
    }
    const letter = text[at]
    if (letter === '#') {
      if (depth === 0) return trimmedEnd(text, at)
      const newline = text.indexOf('\n', at)
      if (newline < 0) return undefined
      at = newline
      continue
    }
    if (letter === '[' || letter === '{') depth += 1
    if (letter === ']' || letter === '}') depth -= 1
    at += 1
  }
  return depth > 0 ? undefined : trimmedEnd(text, text.length)
}

function trimmedEnd(text: string, end: number): number {
  return text.slice(0, end).trimEnd().length
}

function unreadable(line: number): Error {
  return fail('STEP_FAILED', {
    what: {
      en: `containerd's configuration: the value in line ${line} does not end`,
      zh: `containerd 配置第 ${line} 行的值没有结束`,
    },
    fix: { en: 'containerd config dump says what is wrong', zh: '执行 containerd config dump 查看问题' },
  })
}
