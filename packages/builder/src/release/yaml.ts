import { EVENT_ID, getScalarValue, load, parseEvents, YAMLException } from 'js-yaml'
import { fail } from '../codes.ts'

const MAX_ALIASES = 100 // more is a file that unfolds into something huge

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
    const value = load(text, { filename: file, maxAliases: MAX_ALIASES })
    return { value, lineOf: (path) => lineIn(linesOf(text), path) }
  } catch (error) {
    if (error instanceof YAMLException) throw unreadable(file, error)
    throw error
  }
}

type Frame = { kind: 'map'; key: string | undefined } | { kind: 'list'; next: number } | { kind: 'document' }

/** Every key's and item's path, joined by NUL, to its line. */
function linesOf(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  const frames: Frame[] = []
  const path: string[] = []
  const lineAt = lineCounter(text)

  /** Registers the beginning of a value, and tells whether it was a key. */
  const begin = (offset: number, scalar: string | undefined): boolean => {
    const frame = frames.at(-1)
    if (frame?.kind === 'map' && frame.key === undefined) {
      frame.key = scalar ?? ''
      lines.set([...path, frame.key].join('\0'), lineAt(offset))
      return true
    }
    if (frame?.kind === 'list') lines.set([...path, String(frame.next)].join('\0'), lineAt(offset))
    return false
  }
  const end = (): void => {
    const frame = frames.at(-1)
    if (frame?.kind === 'map') frame.key = undefined
    if (frame?.kind === 'list') frame.next++
  }

  for (const event of parseEvents(text, {})) {
    if (event.type === EVENT_ID.SCALAR) {
      if (!begin(event.valueStart, getScalarValue(text, event))) end()
    } else if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      begin(event.start, undefined)
      const parent = frames.at(-1)
      if (parent?.kind === 'map') path.push(parent.key ?? '')
      if (parent?.kind === 'list') path.push(String(parent.next))
      frames.push(
        event.type === EVENT_ID.MAPPING ? { kind: 'map', key: undefined } : { kind: 'list', next: 0 },
      )
    } else if (event.type === EVENT_ID.ALIAS) {
      if (!begin(event.anchorStart, undefined)) end()
    } else if (event.type === EVENT_ID.DOCUMENT) frames.push({ kind: 'document' })
    else if (event.type === EVENT_ID.POP) {
      frames.pop()
      path.pop()
      end()
    }
  }
  return lines
}

function lineIn(lines: ReadonlyMap<string, number>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(path.slice(0, length).map(String).join('\0'))
    if (line !== undefined) return line
  }
  return 1
}

/** Line numbers for offsets that come in ascending order. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1
  let at = 0
  return (offset) => {
    for (; at < offset; at++) if (text[at] === '\n') line++
    return line
  }
}

function unreadable(file: string, error: YAMLException): Error {
  const where = error.mark === undefined ? '' : `:${error.mark.line + 1}:${error.mark.column + 1}`
  const duplicate = error.reason.includes('duplicated mapping key')
  return fail(
    'RELEASE_UNREADABLE',
    {
      what: { en: `${file}${where}: this is not YAML`, zh: `${file}${where}：不是有效的 YAML` },
      because: duplicate
        ? { en: 'a name stands twice in one map', zh: '同一映射中有重复的名称' }
        : error.mark?.snippet
          ? `${error.reason}\n${error.mark.snippet}`
          : error.reason,
      fix: duplicate
        ? { en: 'remove or rename one of the two', zh: '请删除或重命名其中一个' }
        : {
            en: 'mend the line; text with ": " or " #" in it needs quotes',
            zh: '请修正该行；含有 ": " 或 " #" 的文本需要引号',
          },
    },
    { cause: error },
  )
}
