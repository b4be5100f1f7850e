import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { plainText, type Text } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'

/** Whether somebody sits at a terminal who can be asked. */
export function canAsk(context: CommandContext): boolean {
  return process.stdin.isTTY === true && context.streams.stdout.isTTY === true && !context.json
}

/** Asks a yes-or-no question until it is answered; Enter alone is the default. */
export async function askYesNo(context: CommandContext, question: Text, fallback: boolean): Promise<boolean> {
  const { lang, streams } = context
  const hint = fallback ? { en: 'default: y', zh: '默认 y' } : { en: 'default: n', zh: '默认 n' }
  for (;;) {
    const answer = await ask(context, `${question[lang]} (y/n) [${hint[lang]}] `)
    const isYes = answer === '' ? fallback : parseYesNo(answer)
    if (isYes !== undefined) return isYes
    streams.stdout.write(lang === 'zh' ? '请输入 y 或 n。\n' : 'Please type y or n.\n')
  }
}

/** Undefined for anything but a clear yes or no. */
function parseYesNo(answer: string): boolean | undefined {
  const word = answer.toLowerCase()
  if (['y', 'yes', '是'].includes(word)) return true
  return ['n', 'no', '否'].includes(word) ? false : undefined
}

/** Asks for a line; undefined when it was left empty. */
export async function askLine(context: CommandContext, question: Text): Promise<string | undefined> {
  return (await ask(context, `${question[context.lang]} `)) || undefined
}

/** Asks for a line that is not shown while it is typed; undefined when it was left empty. */
export async function askSecret(context: CommandContext, question: Text): Promise<string | undefined> {
  return (await ask(context, `${question[context.lang]} `, false)) || undefined
}

/** Ctrl-C and Ctrl-D end the command as a signal does: nothing was changed yet. */
async function ask(context: CommandContext, question: string, isShown = true): Promise<string> {
  const resume = context.pause()
  const words = plainText(question)
  const output = isShown ? process.stdout : new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output, terminal: true })
  terminal.on('SIGINT', () => process.emit('SIGINT'))
  try {
    if (!isShown) process.stdout.write(words) // only now: from here on the terminal does not echo
    return (await terminal.question(isShown ? words : '', { signal: context.signal })).trim()
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError' && !context.signal.aborted)
      process.emit('SIGINT')
    throw error
  } finally {
    terminal.close()
    if (!isShown) process.stdout.write('\n')
    resume()
  }
}
