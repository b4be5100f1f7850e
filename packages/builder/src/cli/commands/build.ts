import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSecretKey } from '@edgelift/bundle'
import { checkOutputFolder, counted, digestOf, formatBytes } from '@edgelift/core'
import { type CommandHandler, formatTable } from '@edgelift/core/cli'
import { signingTime } from '../../assemble/signing.ts'
import { removeParts, type SplitArchive } from '../../assemble/split-archive.ts'
import { type BuildResult, build } from '../../build.ts'
import { olderArchives } from '../../delta/older.ts'
import { readLock } from '../../lock/lock-file.ts'
import { openNetwork } from '../../network.ts'
import { installerFiles } from '../../plan/installer-files.ts'
import { lockFileOf } from '../../release/load.ts'
import { BuildArguments, parseArguments } from '../arguments.ts'
import { configOf, findRelease, openStoreOf } from '../settings.ts'

export function buildCommand(home: string): CommandHandler {
  return async (args, context) => {
    const options = parseArguments(BuildArguments, args)
    const { env, signal, report } = context
    const { file, subject, release } = await findRelease(options.release, home)
    const lock = await readLock(lockFileOf(file), release)
    const config = await configOf(options, env)
    await checkOutputFolder(options.out)
    const since = options.since === undefined ? undefined : await olderArchives(options.since, report)
    const signing = options.sign === undefined ? undefined : signingTime(env, Date.now())
    const key = options.sign === undefined ? undefined : await readSecretKey(options.sign)
    const result = await build({
      release,
      lock,
      installer: installerFiles(),
      roles: options.role,
      platforms: options.platform ?? release.platforms,
      out: path.resolve(options.out),
      store: await openStoreOf(options, context),
      rehash: options.rehash,
      network: options.offline ? undefined : (told) => openNetwork(config, { env, report: told, signal }),
      ...(key === undefined || signing === undefined ? {} : { key, signing }),
      ...(since === undefined ? {} : { since }),
      onlyDelta: options['only-delta'],
      ...(options.split === undefined ? {} : { split: options.split }),
      program: digestOf(await readFile(fileURLToPath(import.meta.url))),
      report,
      signal,
    })
    if (options['only-delta']) await removeFull(result)
    return {
      document: { release: subject, lock: lock.seal, ...result },
      text: (lang, paint) =>
        [resultText(result, lang), ...placeholderText(result, lang, paint.yellow)].join('\n'),
    }
  }
}

/** Removes the full archives for which a delta was written, and what lies beside them. */
async function removeFull({ archives }: BuildResult): Promise<void> {
  for (const { file, delta } of archives) {
    if (delta === undefined) continue
    for (const suffix of ['', '.sha256', '.minisig']) await rm(`${file}${suffix}`, { force: true })
    await removeParts(file)
  }
}

function resultText(result: BuildResult, lang: 'en' | 'zh'): string {
  const zh = lang === 'zh'
  const written = result.archives.flatMap(({ name, size, sha256, kept, signed, delta, split }) => {
    const facts = [
      ...(kept ? [zh ? '未变' : 'unchanged'] : []),
      ...(signed ? [zh ? '已签名' : 'signed'] : []),
    ]
    const row = [name, formatBytes(size), facts.join(zh ? '、' : ', ')]
    const older =
      delta === undefined
        ? []
        : [{ ...delta, row: [delta.name, formatBytes(delta.size), ''], split: delta.split }]
    return [{ row, sha256, split }, ...older]
  })
  // In a column of its own, a digest would make the table wider than a terminal.
  const lines = formatTable(
    written.map(({ row }) => row),
    new Set([1]),
  ).split('\n')
  const table = written.flatMap(({ sha256, split }, index) => [
    `${lines[index]}\n  sha256 ${sha256}`,
    ...(split === undefined ? [] : [partsText(split, lang)]),
  ])
  const fetched = formatBytes(result.fetched)
  const folder = path.dirname(result.archives[0]?.file ?? '')
  const end = zh
    ? `下载 ${fetched}；离线包位于 ${folder}`
    : `${fetched} fetched; the archives are in ${folder}`
  return [...table, end].join('\n')
}

function partsText({ list, parts }: SplitArchive, lang: 'en' | 'zh'): string {
  const [count, name] = [parts.length, path.basename(list)]
  return lang === 'zh' ? `  ${count} 个分卷，列表：${name}` : `  ${counted(count, 'part')}, listed in ${name}`
}

function placeholderText(result: BuildResult, lang: 'en' | 'zh', paint: (text: string) => string): string[] {
  const count = new Set(result.archives.flatMap((archive) => archive.placeholders)).size
  if (count === 0) return []
  const words = {
    en: `${counted(count, 'placeholder')}: for trying out only; the installer refuses these archives`,
    zh: `含 ${count} 个占位文件：仅供试用，安装程序会拒绝安装`,
  }
  return [paint(words[lang])]
}
