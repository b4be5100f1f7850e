import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { builderCodes } from '../packages/builder/src/codes.ts'
import { findingCodes } from '../packages/builder/src/finding-codes.ts'
import { bundleCodes } from '../packages/bundle/src/codes.ts'
import { coreCodes } from '../packages/core/src/codes.ts'
import type { CodeTable } from '../packages/core/src/errors.ts'
import type { Lang, Text } from '../packages/core/src/text.ts'
import { doctorCodes } from '../packages/installer/src/doctor/codes.ts'
import { preflightCodes } from '../packages/installer/src/preflight/codes.ts'
import { installerCodes } from '../packages/installer/src/problem/codes.ts'
import { ociCodes } from '../packages/oci/src/codes.ts'

const TABLES: readonly { readonly title: Text; readonly codes: CodeTable }[] = [
  { title: { en: 'Any command', zh: '通用' }, codes: coreCodes },
  { title: { en: 'The archive and its audit', zh: '离线包与校验' }, codes: bundleCodes },
  {
    title: { en: 'Registries, downloads and the store', zh: '镜像仓库、下载与内容存储' },
    codes: ociCodes,
  },
  { title: { en: 'The builder', zh: '构建程序' }, codes: builderCodes },
  { title: { en: 'The installer', zh: '安装程序' }, codes: installerCodes },
]

/** `errors.md` of the handbook: every code that a command can end with or report, from the packages' own tables. */
export async function errorTable(root: string, lang: Lang): Promise<string> {
  const launcher = {
    title: { en: 'The launcher', zh: '启动脚本' },
    codes: await launcherCodes(path.join(root, 'packages/installer/launcher/edgelift')),
  }
  const sections = [...TABLES, launcher].map(
    ({ title, codes }) => `## ${title[lang]}\n\n${CODES_HEAD[lang]}\n${rowsOf(codes, lang)}\n`,
  )
  return `${INTRODUCTION[lang]}\n${sections.join('\n')}\n${[
    section(PREFLIGHT[lang], preflightCodes, lang),
    section(DOCTOR[lang], doctorCodes, lang),
    section(LINT[lang], findingCodes, lang),
  ].join('\n')}`
}

const INTRODUCTION: Text = {
  en: `# Error codes

[中文](../zh-CN/errors.md) · [Operator's handbook](operator.md) · [Troubleshooting](troubleshooting.md)

Generated from the source by \`pnpm generate\`. An error goes to standard error as \`error[CODE]: what\`, followed by \`cause:\` and
\`fix:\` lines. With \`--json\` it is \`{"error":{"code","message","cause","fix"}}\` on standard output (\`cure\`, the former name of
\`fix\`, is included for one version). Codes do not depend on the language and keep their meaning from version to version.

| exit | meaning |
| --- | --- |
| 0 | done |
| 1 | failed |
| 2 | usage: the command line, a file that it names, or a setting |
| 3 | preflight refused; nothing was changed |
| 4 | integrity or signature |
| 5 | interrupted; run it again to continue |
`,
  zh: `# 错误代码

[English](../en/errors.md) · [运维手册](operator.md) · [故障排查](troubleshooting.md)

本页由 \`pnpm generate\` 根据源码生成。错误输出到标准错误：\`error[代码]: 说明\`，其后是“原因：”和“处理：”两行；使用 \`--json\` 时，在标准输出给出
\`{"error":{"code","message","cause","fix"}}\`（\`cure\` 是 \`fix\` 的旧名，保留一个版本）。代码与语言无关，在各版本中含义不变。

| 退出码 | 含义 |
| --- | --- |
| 0 | 完成 |
| 1 | 失败 |
| 2 | 用法错误：命令行、所指文件或安装参数有误 |
| 3 | 预检未通过，未做任何更改 |
| 4 | 完整性或签名错误 |
| 5 | 中断，重新执行即可继续 |
`,
}

const CODES_HEAD: Text = {
  en: '| code | exit | meaning |\n| --- | --- | --- |',
  zh: '| 代码 | 退出码 | 含义 |\n| --- | --- | --- |',
}

const HEAD: Text = {
  en: '| code | meaning |\n| --- | --- |',
  zh: '| 代码 | 含义 |\n| --- | --- |',
}

/** What `./install.sh` finds before it changes anything. */
const PREFLIGHT: Text = {
  en: `## Preflight findings

\`./install.sh --dry-run\` shows all of them, each with its reason and fix. An error refuses the installation
(\`PREFLIGHT_REFUSED\`, exit 3) and nothing is changed; a warning or a note does not. With \`--json\` they are in \`findings\`:
\`[{"code","severity","seen","matters","fix"}]\`, each text in \`en\` and \`zh\`.`,
  zh: `## 预检结果

\`./install.sh --dry-run\` 一次列出全部结果，每项包含原因与处理方法。error 会拒绝安装（\`PREFLIGHT_REFUSED\`，退出码 3），不做任何更改；
warning 与 note 不会。使用 \`--json\` 时位于 \`findings\`：\`[{"code","severity","seen","matters","fix"}]\`，每段文字均有 \`en\` 与 \`zh\`。`,
}

const DOCTOR: Text = {
  en: `## Diagnoses of doctor

\`./edgelift doctor\` reports each with its cause and fix and ends with 1. P1 to P7 are the guide's problems
([Troubleshooting](troubleshooting.md)), V1 to V7 its checks. With \`--json\` they are in \`diagnoses\`:
\`[{"code","problem","seen","cause","fix"}]\`.`,
  zh: `## doctor 的诊断

\`./edgelift doctor\` 给出现象、原因与处理方法，并以 1 退出。P1 至 P7 为部署指南中的问题（见[故障排查](troubleshooting.md)），V1 至 V7 为其检查项。
使用 \`--json\` 时位于 \`diagnoses\`：\`[{"code","problem","seen","cause","fix"}]\`。`,
}

const LINT: Text = {
  en: `## Findings of lint and lock

In brackets in the cause of \`RELEASE_REFUSED\`, \`GATE_REFUSED\` and \`LOCK_DIFFERS\`, and in \`findings\` with \`--json\`.`,
  zh: `## lint 与 lock 的检查结果

出现在 \`RELEASE_REFUSED\`、\`GATE_REFUSED\`、\`LOCK_DIFFERS\` 的原因中；使用 \`--json\` 时位于 \`findings\`。`,
}

function section(introduction: string, codes: Readonly<Record<string, Text>>, lang: Lang): string {
  return `${introduction}\n\n${HEAD[lang]}\n${codeRows(codes, lang)}\n`
}

function rowsOf(codes: CodeTable, lang: Lang): string {
  return Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { exit, title }]) => `| \`${code}\` | ${exit} | ${cell(title[lang])} |`)
    .join('\n')
}

function codeRows(codes: Readonly<Record<string, Text>>, lang: Lang): string {
  return Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, text]) => `| \`${code}\` | ${cell(text[lang])} |`)
    .join('\n')
}

/** What the launcher says before there is a runtime: `stop CODE "English" "Chinese" EXIT`. */
async function launcherCodes(file: string): Promise<CodeTable> {
  const script = (await readFile(file, 'utf8')).replaceAll('\\\n', ' ')
  const stops = script.matchAll(/\bstop ([A-Z_]+)\s+"([^"]*)"\s+"([^"]*)"\s+(\d)/g)
  return Object.fromEntries(
    [...stops].map(([, code = '', en = '', zh = '', exit = '1']) => [
      code,
      { exit: Number(exit) as 3 | 4, title: { en: plain(en), zh: plain(zh) } },
    ]),
  )
}

/** Without the shell's variables. */
function plain(words: string): string {
  return words
    .replaceAll('$machine', 'MACHINE')
    .replaceAll('$built', 'PLATFORM')
    .replaceAll('$here', 'DIRECTORY')
    .split('\n')[0] as string
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
