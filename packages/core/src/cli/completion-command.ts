import type { Shell } from './completion/index.ts'
import type { CommandHandler, CommandSpec, ProgramSpec } from './specs.ts'

/** `completion bash|zsh|fish`, for the program that `programOf` describes. */
export function completionSpec(name: string, programOf: () => ProgramSpec): CommandSpec {
  const handler: CommandHandler = async (args, { lang }) => {
    const shell = args.shell as Shell // one of the choices
    const { completionScript } = await import('./completion/index.ts')
    const script = completionScript(programOf(), shell, lang)
    return { document: { shell, script }, text: () => script }
  }
  return {
    usage: 'completion <shell>',
    describe: {
      en: 'Print a script that makes a shell complete commands, options and values',
      zh: '输出 shell 补全脚本（命令、选项及取值）',
    },
    positionals: {
      shell: { describe: { en: 'the shell', zh: 'shell 类型' }, choices: ['bash', 'zsh', 'fish'] },
    },
    examples: [
      {
        line: `source <(${name} completion bash)`,
        text: { en: 'for this bash', zh: '在当前 bash 中启用' },
      },
      {
        line: `${name} completion fish > ~/.config/fish/completions/edgelift.fish`,
        text: { en: 'for every fish', zh: '为 fish 永久启用' },
      },
    ],
    piped: true,
    load: async () => handler,
  }
}
