import path from 'node:path'
import { counted, formatBytes, type Lang } from '@edgelift/core'
import { formatTable, type Paint } from '@edgelift/core/cli'
import type { SplitArchive } from '../assemble/split-archive.ts'
import type { BuildResult, BuiltArchive, BuiltDelta } from '../build.ts'

export interface BuildTextOptions {
  readonly lang: Lang
  readonly paint: Paint
  /** The full archives have been removed: only deltas are listed. */
  readonly onlyDelta: boolean
}

/** What a build has written: a table, the digests and parts below each file, and what came over the network. */
export function buildText(result: BuildResult, { lang, paint, onlyDelta }: BuildTextOptions): string {
  const zh = lang === 'zh'
  const written = result.archives.flatMap((archive): (BuiltArchive | BuiltDelta)[] => [
    ...(onlyDelta ? [] : [archive]),
    ...(archive.delta === undefined ? [] : [archive.delta]),
  ])
  const rows = written.map((one) => [one.name, formatBytes(one.size), factsOf(one, lang)])
  // In a column of its own, a digest would make the table wider than a terminal.
  const lines = formatTable(rows, new Set([1])).split('\n')
  const table = written.flatMap(({ sha256, split }, index) => [
    `${lines[index]}\n  sha256 ${sha256}`,
    ...(split === undefined ? [] : [partsText(split, lang)]),
  ])
  const fetched = formatBytes(result.fetched)
  const folder = path.dirname(result.archives[0]?.file ?? '')
  const end = zh
    ? `下载 ${fetched}；离线包位于 ${folder}`
    : `${fetched} fetched; the archives are in ${folder}`
  return [...table, end, ...placeholderText(result, lang, paint.yellow)].join('\n')
}

function factsOf(one: BuiltArchive | BuiltDelta, lang: Lang): string {
  if (!('kept' in one)) return ''
  const zh = lang === 'zh'
  const facts = [
    ...(one.kept ? [zh ? '未变' : 'unchanged'] : []),
    ...(one.signed ? [zh ? '已签名' : 'signed'] : []),
  ]
  return facts.join(zh ? '、' : ', ')
}

function partsText({ list, parts }: SplitArchive, lang: Lang): string {
  const [count, name] = [parts.length, path.basename(list)]
  return lang === 'zh' ? `  ${count} 个分卷，列表：${name}` : `  ${counted(count, 'part')}, listed in ${name}`
}

function placeholderText(result: BuildResult, lang: Lang, paint: (text: string) => string): string[] {
  const count = new Set(result.archives.flatMap((archive) => archive.placeholders)).size
  if (count === 0) return []
  const words = {
    en: `${counted(count, 'placeholder')}: for trying out only; the installer refuses these archives`,
    zh: `含 ${count} 个占位文件：仅供试用，安装程序会拒绝安装`,
  }
  return [paint(words[lang])]
}
