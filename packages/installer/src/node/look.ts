import { lastLines, type Text, TIME_IS_UP } from '@edgelift/core'
import type { Unread, UnreadPart } from './facts.ts'
import { type Host, hasNotRun } from './host.ts'

/** What a program was asked for. */
export interface Question {
  readonly part: UnreadPart
  readonly command: readonly [program: string, ...args: string[]]
}

/** What a program printed, trimmed, or why it is not known. */
export type Seen = { readonly text: string; readonly unread?: never } | { readonly unread: Unread }

const PATIENCE = 30_000 // milliseconds: the machine may be busy

/**
 * Asks a program for what preflight decides by. One that does not run or fails says nothing: what it would have shown is
 * unread, not absent.
 */
export async function look(host: Host, { part, command }: Question): Promise<Seen> {
  const [program, ...args] = command
  try {
    const { code, stdout, stderr } = await host.exec(program, args, { timeout: PATIENCE })
    if (code === 0) return { text: stdout.trim() }
    return { unread: unread({ part, command }, failure(code, lastLines(stderr || stdout, 3))) }
  } catch (error) {
    if (!hasNotRun(error)) throw error
    const isMissing = error.code === 'COMMAND_MISSING'
    return { unread: { ...unread({ part, command }, error.because ?? error.what), isMissing } }
  }
}

/** The answer to a question whose output is not what the program prints as a rule. */
export function unreadable(question: Question): Unread {
  return unread(question, { en: 'it printed something else than expected', zh: '输出与预期不符' })
}

function unread({ part, command }: Question, said: Text): Unread {
  return { part, command: command.join(' '), said, isMissing: false }
}

function failure(code: number, words: string): Text {
  if (code === TIME_IS_UP)
    return { en: `no result within ${PATIENCE / 1000} s`, zh: `${PATIENCE / 1000} 秒内没有结果` }
  if (words !== '') return { en: words, zh: words }
  return { en: `exit code ${code}, without a word`, zh: `退出码 ${code}，没有任何输出` }
}
