import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Text } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'

/** Whether somebody sits at a terminal who can be asked. */
export function canAsk(context: CommandContext): boolean {
  return process.stdin.isTTY === true && context.streams.stdout.isTTY === true && !context.json
}

/** Asks a yes-or-no question on the terminal; an empty answer is the default. */
export async function askYesNo(context: CommandContext, question: Text, fallback: boolean): Promise<boolean> {
  const hint = fallback ? { en: 'default: y', zh: '默认 y' } : { en: 'default: n', zh: '默认 n' }
  const answer = await ask(context, `${question[context.lang]} (y/n) [${hint[context.lang]}] `)
  const word = answer.toLowerCase()
  return word === '' ? fallback : ['y', 'yes', '是'].includes(word)
}

/** Asks for a line; undefined when it was left empty. */
export async function askLine(context: CommandContext, question: Text): Promise<string | undefined> {
  return (await ask(context, `${question[context.lang]} `)) || undefined
}

/** Asks for a line that is not shown while it is typed; undefined when it was left empty. */
export async function askSecret(context: CommandContext, question: Text): Promise<string | undefined> {
  process.stdout.write(`${question[context.lang]} `)
  try {
    return (await ask(context, '', new Writable({ write: (_chunk, _encoding, done) => done() }))) || undefined
  } finally {
    process.stdout.write('\n')
  }
}

/** Ctrl-C and Ctrl-D end the command as a signal does: nothing was changed yet. */
async function ask(
  context: CommandContext,
  question: string,
  output: NodeJS.WritableStream = process.stdout,
): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output, terminal: true })
  terminal.on('SIGINT', () => process.emit('SIGINT'))
  try {
    return (await terminal.question(question, { signal: context.signal })).trim()
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError' && !context.signal.aborted)
      process.emit('SIGINT')
    throw error
  } finally {
    terminal.close()
  }
}
