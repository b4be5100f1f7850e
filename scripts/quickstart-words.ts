import type { BundleManifest } from '@edgelift/bundle'
import { formatBytes, type Lang, type Text } from '@edgelift/core'
import { formatTable, paintFor } from '@edgelift/core/cli'

export const HELP: Text = {
  en: `usage: ./scripts/quickstart [--upstream embedded|internet]

Four archives (cloud and edge, amd64 and arm64) in dist/quickstart/, from nothing but Node.js 20.20 or newer:
installs the npm packages, bundles dist/edgelift.mjs, and runs lint, lock, build and verify.

  --upstream embedded   (default) from a registry and file server that this command starts on loopback. It serves
                        real parts where a public package carries them, and small placeholders that say so elsewhere;
                        an archive with placeholders refuses to be installed.
  --upstream internet   from the real upstream: registries, GitHub, get.helm.sh

EDGELIFT_STORE        where downloads are kept (default dist/quickstart/store)
EDGELIFT_UPSTREAM_DIR real programs (bin/) and images (images/*.tar) for amd64 in place of the placeholders
`,
  zh: `用法：./scripts/quickstart [--upstream embedded|internet]

只需 Node.js 20.20 或更新版本，即可在 dist/quickstart/ 生成四个离线归档（云端与边缘，amd64 与 arm64）：
安装 npm 依赖，打包 dist/edgelift.mjs，依次运行 lint、lock、build 与 verify。

  --upstream embedded   （默认）使用本命令在回环地址上启动的镜像仓库与文件服务器。公共软件包中有的部分是真实的，
                        其余为注明身份的替身文件；含替身的归档会拒绝安装。
  --upstream internet   使用真实上游：镜像仓库、GitHub、get.helm.sh

EDGELIFT_STORE        下载内容的存放位置（默认 dist/quickstart/store）
EDGELIFT_UPSTREAM_DIR 以真实程序（bin/）与镜像（images/*.tar，amd64）代替替身
`,
}

/** An archive that was made. */
export interface Made {
  readonly file: string
  readonly size: number
  readonly manifest: BundleManifest
}

export interface Summary {
  readonly made: readonly Made[]
  readonly folder: string
  /** The program, as it is called from here. */
  readonly edgelift: string
  readonly seconds: number
  /** Bytes out of the embedded upstream; undefined when there was none. */
  readonly fetched: number | undefined
}

/** What quickstart says on standard output, in one language. */
export interface Speak {
  text(words: Text): string
  preparing(): void
  step(command: string): void
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
        'Preparing the embedded upstream (the first time, Node and helm come from the npm registry) ...',
        '正在准备内置上游（首次运行时从 npm 仓库获取 Node 与 helm）……',
      ),
    step: (command) => line(`\n${paint.bold(`$ ${command}`)}`),
    summary(summary) {
      const { made, folder, seconds, fetched } = summary
      line()
      say(
        `${made.length} archives in ${folder}, verified, in ${seconds.toFixed(0)} s:`,
        `${made.length} 个归档已生成于 ${folder} 并通过校验，用时 ${seconds.toFixed(0)} 秒：`,
      )
      line(formatTable(made.map(rowOf(lang)), new Set([1])))
      if (fetched !== undefined)
        say(`${amount(fetched)} fetched from the embedded upstream`, `从内置上游获取 ${amount(fetched)}`)
      line()
      placeholders(made, say)
      next(summary, { say, line })
    },
  }
}

function rowOf(lang: Lang): (made: Made) => string[] {
  return ({ file, size, manifest }) => {
    const images = lang === 'zh' ? `${manifest.images.length} 个镜像` : `${manifest.images.length} images`
    const count = manifest.placeholders.length
    const marked = lang === 'zh' ? `${count} 个替身` : `${count} placeholders`
    return [`  ${file}`, formatBytes(size), images, count === 0 ? '' : marked]
  }
}

function amount(bytes: number): string {
  return bytes === 0 ? '0 bytes' : `${bytes} bytes (${formatBytes(bytes)})`
}

function placeholders(made: readonly Made[], say: (en: string, zh: string) => void): void {
  const names = new Set(made.flatMap((one) => one.manifest.placeholders))
  if (names.size === 0) return
  const list = [...names].sort().map((name) => `  ${name}`)
  say(
    `These only stand for the real thing in one or more archives, because no public package carries it; the installer
refuses such an archive. With --upstream internet, or EDGELIFT_UPSTREAM_DIR, the real ones are packed.
${list.join('\n')}
`,
    `以下内容在部分归档中只是替身，因为没有公共软件包提供它们；安装程序会拒绝这样的归档。
使用 --upstream internet 或 EDGELIFT_UPSTREAM_DIR 可打包真实内容。
${list.join('\n')}
`,
  )
}

function next(
  { made, edgelift }: Summary,
  to: { readonly say: (en: string, zh: string) => void; readonly line: (words?: string) => void },
): void {
  const file = (role: string): string =>
    made.find(({ manifest }) => manifest.role === role && manifest.platform === 'linux/amd64')?.file ?? ''
  to.say('Next:', '接下来：')
  to.line(`  node ${edgelift} inspect ${file('edge')}`)
  to.line(`  node ${edgelift} inspect ${file('cloud')} --report dist/quickstart/report.html`)
  to.say(
    `  scp ${file('cloud')} root@NODE:/data/     # on the node: cd /data && tar xzf kubeedge-*.tar.gz && cd kubeedge-*/ && ./install.sh`,
    `  scp ${file('cloud')} root@节点:/data/     # 在节点上：cd /data && tar xzf kubeedge-*.tar.gz && cd kubeedge-*/ && ./install.sh`,
  )
}
