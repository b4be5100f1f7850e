import { type ExecResult, lastLines, shellWord, type Text, TIME_IS_UP } from '@edgelift/core'
import type { Unheard, Unread, UnreadPart } from './facts.ts'
import { type Host, hasNotRun } from './host.ts'

/** What a program was asked for. */
export interface Question {
  readonly part: UnreadPart
  readonly command: readonly [program: string, ...args: string[]]
}

/** What a program printed, trimmed, or why it is not known. */
export type Seen = Heard<Unread>
type Heard<T> = { readonly text: string; readonly unread?: never } | { readonly unread: T }

const PATIENCE = 30_000 // milliseconds: the machine may be busy

/**
 * Asks a program for what preflight decides by. One that does not run or fails says nothing: what it would have shown is
 * unread, not absent.
 */
export async function look(host: Host, { part, command }: Question): Promise<Seen> {
  const seen = await hear(host, command)
  return seen.unread === undefined ? seen : { unread: { part, ...seen.unread } }
}

/**
 * As {@link look}, for what is no part of the facts.
 * @param answerOf what of a failure is an answer all the same; undefined: nothing
 */
export async function hear(
  host: Host,
  command: Question['command'],
  answerOf: (failed: ExecResult) => string | undefined = () => undefined,
): Promise<Heard<Unheard>> {
  const [program, ...args] = command
  try {
    const result = await host.exec(program, args, { timeout: PATIENCE })
    const { code, stdout, stderr } = result
    const text = code === 0 ? stdout.trim() : answerOf(result)
    if (text !== undefined) return { text }
    return { unread: unheard(command, failure(code, lastLines(stderr || stdout, 3))) }
  } catch (error) {
    if (!hasNotRun(error)) throw error
    const isMissing = error.code === 'COMMAND_MISSING'
    return { unread: { ...unheard(command, error.because ?? error.what), isMissing } }
  }
}

/** The answer to a question whose output is not what the program prints as a rule. */
export function unreadable(question: Question): Unread {
  const said = { en: 'it printed something else than expected', zh: '输出与预期不符' }
  return { part: question.part, ...unheard(question.command, said) }
}

function unheard(command: Question['command'], said: Text): Unheard {
  return { command: command.map(shellWord).join(' '), said, isMissing: false }
}

function failure(code: number, words: string): Text {
  if (code === TIME_IS_UP)
    return { en: `no result within ${PATIENCE / 1000} s`, zh: `${PATIENCE / 1000} 秒内没有结果` }
  if (words !== '') return { en: words, zh: words }
  return { en: `exit code ${code}, without a word`, zh: `退出码 ${code}，没有任何输出` }
}
