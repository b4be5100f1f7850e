import { createInterface } from 'node:readline/promises'
import type { Text } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'

/** Whether somebody sits at a terminal who can be asked. */
export function canAsk(context: CommandContext): boolean {
  return process.stdin.isTTY === true && context.streams.stdout.isTTY === true && !context.json
}

/** Asks a yes-or-no question on the terminal; an empty answer is the default. */
export async function askYesNo(context: CommandContext, question: Text, fallback: boolean): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await terminal.question(`${question[context.lang]} (${fallback ? 'Y/n' : 'y/N'}) `, {
      signal: context.signal,
    })
    const word = answer.trim().toLowerCase()
    return word === '' ? fallback : ['y', 'yes', '是'].includes(word)
  } finally {
    terminal.close()
  }
}
