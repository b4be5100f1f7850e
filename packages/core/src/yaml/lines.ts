import { EVENT_ID, getScalarValue, parseEvents } from 'js-yaml'
import { tolerant } from './read-yaml.ts'

/** The line, counted from 1, of a key or list item; of its nearest ancestor when it is not there itself. */
export type LineOf = (path: readonly PropertyKey[]) => number

/**
 * Where the parts of a text that has been read stand.
 * @throws YamlError
 */
export function yamlLines(text: string): LineOf {
  const lines = tolerant(text, linesOf)
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(path.slice(0, length).map(String).join('\0'))
      if (line !== undefined) return line
    }
    return 1
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

/** Line numbers for offsets that come in ascending order. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1
  let at = 0
  return (offset) => {
    for (; at < offset; at++) if (text[at] === '\n') line++
    return line
  }
}
