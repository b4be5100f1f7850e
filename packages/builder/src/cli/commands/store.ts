import { counted, type Digest, EXIT, formatBytes } from '@edgelift/core'
import type { CommandContext, CommandHandler, Outcome } from '@edgelift/core/cli'
import { formatTable } from '@edgelift/core/cli'
import type { Store } from '@edgelift/oci'
import type { z } from 'zod'
import { packedDigests } from '../../assemble/packed-content.ts'
import { readLock } from '../../lock/lock-file.ts'
import type { Lock } from '../../lock/schema.ts'
import { blobsOf } from '../../plan/archive-plan.ts'
import { lockFileOf } from '../../release/load.ts'
import { parseArguments, StoreArguments } from '../arguments.ts'
import { findRelease, openStoreOf } from '../settings.ts'
import { exportOf, importOf } from './store-transfer.ts'

type Options = z.infer<typeof StoreArguments>

export function storeCommand(home: string): CommandHandler {
  return async (args, context) => {
    const options = parseArguments(StoreArguments, args)
    const store = await openStoreOf(options, context)
    switch (options.action) {
      case 'ls':
        return list(store)
      case 'prune':
        return prune(store, options, home)
      case 'verify':
        return verify(store, context)
      case 'export':
        return exportOf(store, { file: options.file ?? '', releases: options.release, home }, context)
      case 'import':
        return importOf(store, options.file ?? '', context)
    }
  }
}

async function list(store: Store): Promise<Outcome> {
  const entries = await store.ls()
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0)
  return {
    document: { store: store.root, bytes, entries },
    text: (lang) => {
      const rows = entries.map((entry) => [
        entry.digest ?? entry.path,
        formatBytes(entry.size),
        entry.state === 'partial' ? (lang === 'zh' ? '未完成' : 'partial') : '',
        entry.lastUsed.toISOString().slice(0, 10),
      ])
      const end =
        lang === 'zh'
          ? `${store.root}：${entries.length} 项，${formatBytes(bytes)}`
          : `${store.root}: ${counted(entries.length, 'entry', 'entries')}, ${formatBytes(bytes)}`
      const header =
        lang === 'zh' ? ['摘要', '大小', '状态', '最近使用'] : ['digest', 'size', 'state', 'last used']
      return [...(rows.length === 0 ? [] : [formatTable([header, ...rows], new Set([1]))]), end].join('\n')
    },
  }
}

async function prune(store: Store, options: Options, home: string): Promise<Outcome> {
  const hours = options['older-than']
  const dryRun = options['dry-run']
  const keep = new Set<Digest>()
  for (const name of options.keep) {
    const { file, release } = await findRelease(name, home)
    for (const digest of digestsOf(await readLock(lockFileOf(file), release))) keep.add(digest)
  }
  for (const digest of await packedDigests(store.root, [...keep])) keep.add(digest)
  const pruned = await store.prune({
    keep,
    dryRun,
    ...(hours === undefined ? {} : { olderThan: new Date(Date.now() - hours * 3_600_000) }),
  })
  return {
    document: { store: store.root, dryRun, ...pruned },
    text: (lang) => {
      const count = pruned.removed.length
      const entries = counted(count, 'entry', 'entries')
      const size = formatBytes(pruned.bytes)
      const words = dryRun
        ? { en: `${entries} would be removed, ${size}`, zh: `将清理 ${count} 项，${size}` }
        : { en: `${entries} removed, ${size} freed`, zh: `已清理 ${count} 项，释放 ${size}` }
      return words[lang]
    },
  }
}

async function verify(store: Store, { report }: CommandContext): Promise<Outcome> {
  const problems = await store.verify(report)
  return {
    exit: problems.length === 0 ? EXIT.done : EXIT.integrity,
    document: { store: store.root, problems },
    text: (lang) => {
      if (problems.length === 0)
        return lang === 'zh' ? `${store.root}：全部完好` : `${store.root}: no damage found`
      const lines = problems.map((one) =>
        lang === 'zh'
          ? `已删除损坏内容 ${one.digest}（${formatBytes(one.size)}）`
          : `removed damaged ${one.digest} (${formatBytes(one.size)})`,
      )
      return [...lines, lang === 'zh' ? '下次构建会重新下载' : 'the next build downloads them again'].join(
        '\n',
      )
    },
  }
}

/** Everything that a lock names: blobs of its images, downloads, and what is taken out of them. */
function digestsOf(lock: Lock): Digest[] {
  return [
    ...lock.downloads.flatMap(({ digest, parts }) => [
      ...(digest === undefined ? [] : [digest]),
      ...parts.map((part) => part.digest),
    ]),
    ...lock.images.flatMap((image) => [...blobsOf(image), ...image.files].map((one) => one.digest)),
  ]
}
