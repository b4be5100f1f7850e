import type { Text } from '@edgelift/core'
import type { BundleOption, Role } from '../manifest.ts'
import { SETTINGS, type Setting } from './table.ts'

/** What a role's `install.yaml` depends on. */
export interface InstallYamlOptions {
  readonly options: readonly BundleOption[]
  /** What K3s leaves out in any case. */
  readonly k3sDisable: readonly string[]
}

/** `install.yaml`: every setting of the role, explained in both languages and commented out. */
export function installYaml(role: Role, { options, k3sDisable }: InstallYamlOptions): string {
  const body = SETTINGS.filter(
    ({ roles, option }) => roles.includes(role) && (option === undefined || offers(options, option)),
  ).flatMap((setting) => {
    if (setting.name === 'options') return optionLines(options)
    return [entry(setting.name === 'k3s.disable' ? withComponents(setting, k3sDisable) : setting)]
  })
  return `${HEAD}${body.join('\n')}`
}

const HEAD = `# Settings of the installation. Remove the # in front of what you want to set.
# Each can also be given as a flag (--node-ip) or in the environment (EDGELIFT_NODE_IP). Precedence: flag, environment,
# the file of --config, this file, the previous installation on this machine, the default.
# Paths are relative to this file's folder. Write no secrets here: name the files that hold them.
# ./install.sh --dry-run shows the settings in effect and changes nothing.
#
# 安装参数。去掉行首的 # 即可生效。
# 每个参数也可以通过命令行（--node-ip）或环境变量（EDGELIFT_NODE_IP）设置。优先级：命令行 > 环境变量 > --config 指定的文件 >
# 本文件 > 上次安装的参数 > 默认值。路径相对于本文件所在目录。请勿写入机密，只写保存机密的文件名。
# ./install.sh --dry-run 显示生效的参数，不做任何更改。
---
`

function offers(options: readonly BundleOption[], name: string): boolean {
  return options.some((option) => option.name === name)
}

function withComponents(setting: Setting, disabled: readonly string[]): Setting {
  if (disabled.length === 0) return setting
  const list = `[${disabled.join(', ')}]`
  return { ...setting, default: { en: list, zh: list }, example: ['k3s:', `  disable: ${list}`] }
}

function entry({ describe, default: fallback, required, example }: Setting): string {
  const tail: Text = required
    ? { en: ' Required.', zh: '必填。' }
    : fallback === undefined
      ? { en: '', zh: '' }
      : { en: ` Default: ${fallback.en}.`, zh: `默认：${fallback.zh}。` }
  return block({ en: `${capital(describe.en)}.${tail.en}`, zh: `${describe.zh}。${tail.zh}` }, example)
}

function optionLines(options: readonly BundleOption[]): string[] {
  const others = options.filter((option) => option.name !== 'edgemesh')
  const [first] = others
  if (first === undefined) return []
  const words = {
    en: `Optional components to install:${others.map(({ name, title }) => `\n  ${name}: ${title.en}`).join('')}`,
    zh: `要安装的可选组件：${others.map(({ name, title }) => `\n  ${name}：${title.zh}`).join('')}`,
  }
  return [block(words, [`options: [${first.name}]`])]
}

function block({ en, zh }: Text, example: readonly string[]): string {
  const words = `${en}\n${zh}`.split('\n').map((line) => `# ${line}`)
  return [...words, ...example.map((line) => `#${line}`), ''].join('\n')
}

function capital(text: string): string {
  // A value that is named first keeps its spelling.
  return /^[a-z]+:/.test(text) ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
