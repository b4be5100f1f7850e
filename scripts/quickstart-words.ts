import path from 'node:path'
import { formatBytes, type Lang, type Text } from '@edgelift/core'
import { formatTable, paintFor } from '@edgelift/core/cli'
import { nextSteps } from './quickstart-next.ts'
import type { Made, Summary } from './quickstart-summary.ts'

export const HELP: Text = {
  en: `usage: ./scripts/quickstart [--upstream embedded|internet]

Builds four archives (cloud and edge, amd64 and arm64) in dist/quickstart/ with
nothing but Node.js 20.20 or newer: installs the npm packages, bundles
dist/edgelift.mjs, then runs lint, lock, build and verify.

  --upstream embedded   (default) from a registry and file server that this
                        command starts on loopback. They serve real programs
                        where a public package carries them, and placeholders
                        elsewhere. The installer refuses an archive that holds
                        placeholders.
  --upstream internet   from the real upstream: registries, GitHub, get.helm.sh

EDGELIFT_STORE          where downloads are kept
                        (default dist/quickstart/store)
EDGELIFT_UPSTREAM_DIR   a folder with real programs (bin/) and images
                        (images/*.tar) for amd64, used instead of placeholders
`,
  zh: `用法：./scripts/quickstart [--upstream embedded|internet]

只需 Node.js 20.20 或更新版本，即可在 dist/quickstart/ 生成四个离线包
（云端与边缘，amd64 与 arm64）：安装 npm 依赖，打包 dist/edgelift.mjs，
依次运行 lint、lock、build 与 verify。

  --upstream embedded   （默认）使用本命令在回环地址上启动的镜像仓库与文件服务器。
                        公共软件包中有的程序是真实的，其余为占位文件。
                        含占位文件的离线包，安装程序会拒绝安装。
  --upstream internet   使用真实上游：镜像仓库、GitHub、get.helm.sh

EDGELIFT_STORE          下载内容的存放位置（默认 dist/quickstart/store）
EDGELIFT_UPSTREAM_DIR   存有真实程序（bin/）与镜像（images/*.tar）的目录（amd64），
                        用来代替占位文件
`,
}

/** What quickstart says on standard output, in one language. */
export interface Speak {
  text(words: Text): string
  preparing(): void
  /** The command that runs next, with its arguments. */
  step(command: readonly string[]): void
  summary(summary: Summary): void
}

export function speaker(lang: Lang): Speak {
  const paint = paintFor(process.stdout, process.env)
  const line = (words = ''): void => void process.stdout.write(`${words}\n`)
  const say = (en: string, zh: string): void => line(lang === 'zh' ? zh : en)
  return {
    text: (words) => words[lang],
    preparing: () =>
      say(
        'Preparing the embedded upstream (Node and helm come from the npm registry) ...',
        '正在准备内置上游（Node 与 helm 取自 npm 仓库）……',
      ),
    step: (command) => line(`\n${paint.bold(`$ ${wrapped(withValues(command), ' \\\n    ')}`)}`),
    summary(summary) {
      const { made, folder, seconds, fetched } = summary
      line()
      say(
        `${made.length} archives in ${folder}, verified, in ${seconds.toFixed(0)} s:`,
        `${made.length} 个离线包已生成于 ${folder} 并通过校验，用时 ${seconds.toFixed(0)} 秒：`,
      )
      line(formatTable(made.map(rowOf(lang)), new Set([1])))
      if (fetched !== undefined)
        say(`${amount(fetched)} fetched from the embedded upstream`, `从内置上游获取 ${amount(fetched)}`)
      const placeholders = new Set(made.flatMap((one) => one.manifest.placeholders))
      line()
      if (placeholders.size > 0) line(placeholderText(placeholders)[lang])
      line(nextSteps(summary, placeholders.size > 0)[lang])
    },
  }
}

function rowOf(lang: Lang): (made: Made) => string[] {
  return ({ file, size, manifest }) => {
    const images = lang === 'zh' ? `${manifest.images.length} 个镜像` : `${manifest.images.length} images`
    return [`  ${path.basename(file)}`, formatBytes(size), images]
  }
}

function amount(bytes: number): string {
  return bytes === 0 ? '0 bytes' : `${bytes} bytes (${formatBytes(bytes)})`
}

function placeholderText(names: ReadonlySet<string>): Text {
  const list = `  ${wrapped([...names].sort(), '\n  ', ', ')}\n`
  return {
    en: `No public package carries ${names.size} of the contents. In these archives they are
placeholders, which do nothing, so the installer refuses to install them:
${list}
To build archives that install: ./scripts/quickstart --upstream internet
`,
    zh: `其中 ${names.size} 项内容没有公共软件包提供，在离线包中只是占位文件，不起作用，
因此安装程序会拒绝安装：
${list}
生成可安装的离线包：./scripts/quickstart --upstream internet
`,
  }
}

/** An option and its value are one word: no line breaks between them. */
function withValues(command: readonly string[]): string[] {
  return command.flatMap((word, index) => {
    if (command[index - 1]?.startsWith('--')) return []
    return word.startsWith('--') ? [`${word} ${command[index + 1] ?? ''}`] : [word]
  })
}

/** Words in lines of at most 74 columns: with a prompt or an indentation, and a backslash, they fit a terminal of 80. */
function wrapped(words: readonly string[], lineBreak: string, gap = ' '): string {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + gap.length + word.length > 74) lines.push(word)
    else lines[lines.length - 1] = `${last}${gap}${word}`
  }
  return lines.join(`${gap.trimEnd()}${lineBreak}`)
}
