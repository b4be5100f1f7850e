import { builderProgram } from '../packages/builder/src/cli/program.ts'
import { type ProgramSpec, runProgram } from '../packages/core/src/cli/index.ts'
import type { Lang } from '../packages/core/src/text.ts'
import { installerProgram } from '../packages/installer/src/cli/program.ts'

const COLUMNS = 110

const WORDS = {
  en: {
    title: '# Commands',
    note: 'Made from the programs’ own `--help` by `pnpm generate`.',
    builder: '## The builder: `edgelift`',
    installer: '## On a node: `./edgelift` inside an unpacked archive',
  },
  zh: {
    title: '# 命令',
    note: '由 `pnpm generate` 根据程序自身的 `--help` 生成。',
    builder: '## 构建程序：`edgelift`',
    installer: '## 在节点上：解包目录中的 `./edgelift`',
  },
} as const

/** Every command's help, as it is printed. */
export async function commandReference(lang: Lang): Promise<string> {
  const words = WORDS[lang]
  const parts = [
    words.title,
    words.note,
    words.builder,
    ...(await helpOf(builderProgram('.'), lang)),
    words.installer,
    ...(await helpOf(installerProgram(undefined), lang)),
  ]
  return `${parts.join('\n\n')}\n`
}

async function helpOf(spec: ProgramSpec, lang: Lang): Promise<string[]> {
  const texts = [await help(spec, [], lang)]
  for (const { usage } of spec.commands.filter(({ hidden }) => hidden !== true)) {
    const name = usage.split(' ', 1)[0] ?? ''
    texts.push(`### \`${name}\`\n\n${await help(spec, [name], lang)}`)
  }
  return texts
}

async function help(spec: ProgramSpec, command: readonly string[], lang: Lang): Promise<string> {
  let text = ''
  const stdout = { write: (piece: string) => (text += piece), columns: COLUMNS }
  await runProgram(spec, {
    argv: [...command, '--help', '--lang', lang],
    env: {},
    streams: { stdout, stderr: stdout },
  })
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``
}
