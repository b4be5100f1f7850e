import { manPage } from './man-page.ts'
import type { CommandHandler, CommandSpec, ProgramSpec } from './specs.ts'

/** `man`, for the program that `programOf` describes. */
export function manSpec(name: string, programOf: () => ProgramSpec): CommandSpec {
  const handler: CommandHandler = async (_args, { lang }) => {
    const page = manPage(programOf(), lang)
    return { document: { page }, text: () => page.trimEnd() }
  }
  return {
    usage: 'man',
    describe: { en: 'Print the manual page, for man to show', zh: '输出手册页，交给 man 显示' },
    examples: [{ line: `${name} man | man -l -`, text: { en: 'read it', zh: '阅读手册页' } }],
    piped: true,
    load: async () => handler,
  }
}
