import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { builderCodes } from '../packages/builder/src/codes.ts'
import { findingCodes } from '../packages/builder/src/finding-codes.ts'
import { bundleCodes } from '../packages/bundle/src/codes.ts'
import { coreCodes } from '../packages/core/src/codes.ts'
import type { CodeTable } from '../packages/core/src/errors.ts'
import type { Text } from '../packages/core/src/text.ts'
import { doctorCodes } from '../packages/installer/src/doctor/codes.ts'
import { preflightCodes } from '../packages/installer/src/preflight/codes.ts'
import { installerCodes } from '../packages/installer/src/problem/codes.ts'
import { ociCodes } from '../packages/oci/src/codes.ts'

const TABLES: readonly { readonly title: string; readonly codes: CodeTable }[] = [
  { title: 'Everywhere · 通用', codes: coreCodes },
  { title: 'The archive and its audit · 归档与校验', codes: bundleCodes },
  { title: 'Registries, downloads and the store · 镜像仓库、下载与存储', codes: ociCodes },
  { title: 'The builder · 构建器', codes: builderCodes },
  { title: 'The installer · 安装器', codes: installerCodes },
]

/** `docs/errors.md`: every code that a command can end with, from the packages' own tables. */
export async function errorTable(root: string): Promise<string> {
  const launcher = await launcherCodes(path.join(root, 'packages/installer/launcher/edgelift'))
  const sections = [...TABLES, { title: 'The launcher · 启动脚本', codes: launcher }].map(
    ({ title, codes }) => `## ${title}\n\n${HEAD}\n${rowsOf(codes)}\n`,
  )
  return `${INTRODUCTION}\n${sections.join('\n')}\n${preflightFindings()}\n${diagnoses()}\n${findings()}`
}

const INTRODUCTION = `# Errors · 错误代码

Made from the source by \`pnpm generate\`. An error is told on standard error as \`error[CODE]: what\`, with \`cause:\` and
\`fix:\` lines below it; with \`--json\` it is \`{"error":{"code","message","cause","fix"}}\` on standard output (\`cure\`, the
former name of \`fix\`, is there too for one version). Codes do not change with the language, and a code keeps its meaning from version to version.

本页由 \`pnpm generate\` 根据源码生成。错误在标准错误中以 \`error[代码]: 说明\` 给出，其后是“原因：”和“处理：”两行；
使用 \`--json\` 时，在标准输出给出 \`{"error":{…}}\`。代码与语言无关，且在各版本中含义不变。

| exit | meaning | 含义 |
| --- | --- | --- |
| 0 | done | 成功 |
| 1 | failed | 失败 |
| 2 | usage: the command line, a file that it names, an answer | 用法：命令行、所指文件或答案有误 |
| 3 | preflight refused: nothing was changed | 安装前检查未通过：未做任何改动 |
| 4 | integrity or signature | 完整性或签名错误 |
| 5 | interrupted: run it again to go on | 被中断：重新运行即可继续 |
`

const HEAD = '| code | exit | meaning | 含义 |\n| --- | --- | --- | --- |'

function rowsOf(codes: CodeTable): string {
  return Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { exit, title }]) => `| \`${code}\` | ${exit} | ${cell(title.en)} | ${cell(title.zh)} |`)
    .join('\n')
}

/** What `./install.sh` finds before it changes anything. */
function preflightFindings(): string {
  return `## Findings of preflight · 预检结果

\`./install.sh --dry-run\` shows all of them, with what was seen, why it matters and the fix. An error refuses the installation
(\`PREFLIGHT_REFUSED\`, exit 3) with nothing changed; a warning or a note does not. With \`--json\` they stand in \`findings\`:
\`[{"code","severity","seen","matters","fix"}]\`, each text in \`en\` and \`zh\`.
\`./install.sh --dry-run\` 会一次列出全部结果：看到什么、为何重要、如何处理。错误（error）会拒绝安装（\`PREFLIGHT_REFUSED\`，退出码 3），
且未做任何改动；警告（warning）与提示（note）不会。使用 \`--json\` 时位于 \`findings\`，每段文字均有 \`en\` 与 \`zh\`。

| code | meaning | 含义 |
| --- | --- | --- |
${codeRows(preflightCodes)}
`
}

function diagnoses(): string {
  return `## Diagnoses of doctor · doctor 的诊断

\`./edgelift doctor\` tells them with what was seen, the cause and the fix, and then ends with 1. P1 to P7 are the guide's
problems, V1 to V7 its checks. With \`--json\` they stand in \`diagnoses\`: \`[{"code","problem","seen","cause","fix"}]\`.
\`./edgelift doctor\` 会给出所见现象、原因与处理方法，并以 1 退出。P1 至 P7 为指南中的问题，V1 至 V7 为其检查项；使用 \`--json\` 时位于 \`diagnoses\`。

| code | meaning | 含义 |
| --- | --- | --- |
${codeRows(doctorCodes)}
`
}

function codeRows(codes: Readonly<Record<string, Text>>): string {
  return Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, text]) => `| \`${code}\` | ${cell(text.en)} | ${cell(text.zh)} |`)
    .join('\n')
}

function findings(): string {
  return `## Findings of lint and lock · lint 与 lock 的检查结果

They stand in brackets in the cause of \`RELEASE_REFUSED\`, \`GATE_REFUSED\` and \`LOCK_DIFFERS\`, and in \`findings\` with \`--json\`.
出现在 \`RELEASE_REFUSED\`、\`GATE_REFUSED\`、\`LOCK_DIFFERS\` 的原因中；使用 \`--json\` 时位于 \`findings\`。

| code | meaning | 含义 |
| --- | --- | --- |
${codeRows(findingCodes)}
`
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
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
