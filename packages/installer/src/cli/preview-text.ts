import { formatBytes, type Lang } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import type { Preview } from '../install/preview.ts'

const WORDS = {
  en: {
    upgrade: 'Upgrade',
    nothing: 'Nothing would change.',
    components: 'components',
    imagesAdded: 'images that come',
    imagesRemoved: 'images that go once nothing runs on them',
    filesAdded: 'files that come',
    filesChanged: 'files that change',
    filesRemoved: 'files that go',
    objects: 'in the cluster',
    uninstalls: 'uninstalls',
    starts: 'starts',
    restarts: 'restarts',
    disk: (added: string, removed: string) => `disk: ${added} come, ${removed} go`,
    away: (seconds: number) => `services are away for ${seconds} s at most`,
    unknown: '?',
    gone: 'gone',
    colon: ': ',
    pods: (name: string) => `pods of ${name}`,
  },
  zh: {
    upgrade: '升级',
    nothing: '没有需要更改的内容。',
    components: '组件',
    imagesAdded: '新增镜像',
    imagesRemoved: '不再使用后移除的镜像',
    filesAdded: '新增文件',
    filesChanged: '变更文件',
    filesRemoved: '移除文件',
    objects: '集群中的变更',
    uninstalls: '卸载',
    starts: '启动',
    restarts: '重启',
    disk: (added: string, removed: string) => `磁盘：新增 ${added}，释放 ${removed}`,
    away: (seconds: number) => `Service 最多中断 ${seconds} 秒`,
    unknown: '未知',
    gone: '移除',
    colon: '：',
    pods: (name: string) => `${name} 的 Pod`,
  },
} as const

/** What would change, and nothing else. */
export function previewText(preview: Preview, lang: Lang, paint: Pick<Paint, 'bold'>): string[] {
  const words = WORDS[lang]
  const { from, to, bytes, restarts, awaySeconds } = preview
  const name = (entry: string) => entry.replace(/^pods of (.+)$/, (_all, of: string) => words.pods(of))
  const sections = [
    [
      words.components,
      preview.components.map((one) => `${one.name} ${one.from ?? words.unknown} -> ${one.to ?? words.gone}`),
    ],
    [words.imagesAdded, preview.images.added],
    [words.imagesRemoved, preview.images.removed],
    [words.filesAdded, preview.files.added],
    [words.filesChanged, preview.files.changed],
    [words.filesRemoved, preview.files.removed],
    [words.objects, preview.objects],
    [words.uninstalls, preview.uninstalls],
    [words.starts, preview.starts],
    [words.restarts, restarts.map(name)],
  ] as const
  const lines = sections
    .filter(([, entries]) => entries.length > 0)
    .flatMap(([title, entries]) => [
      `  ${title}${words.colon.trimEnd()}`,
      ...entries.map((entry) => `    ${entry}`),
    ])
  if (lines.length === 0) return [words.nothing]
  const isUpgrade = from.bundle !== to.bundle || from.version !== to.version
  const title = `${words.upgrade}${words.colon}${from.bundle} -> ${to.bundle}`
  return [
    ...(isUpgrade ? [paint.bold(title)] : []),
    ...lines,
    ...(bytes.added + bytes.removed === 0
      ? []
      : [`  ${words.disk(formatBytes(bytes.added), formatBytes(bytes.removed))}`]),
    ...(awaySeconds === 0 ? [] : [`  ${words.away(awaySeconds)}`]),
  ]
}
