import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Lang } from '@edgelift/core'

export interface SourcePage {
  /** In the language's folder, without suffix: `operator`, `adr/0009-a-delta-is-a-recipe`. */
  readonly name: string
  readonly title: string
  readonly text: string
}

export const FOLDERS = { en: 'en', zh: 'zh-CN' } as const satisfies Record<Lang, string>

/** The pages of one language, by name. */
export async function pagesOf(docs: string, lang: Lang): Promise<ReadonlyMap<string, SourcePage>> {
  const folder = path.join(docs, FOLDERS[lang])
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.md')).sort()
  const pages = await Promise.all(
    files.map(async (file): Promise<[string, SourcePage]> => {
      const text = await readFile(path.join(folder, file), 'utf8')
      const name = file.slice(0, -'.md'.length)
      return [name, { name, text, title: /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? name }]
    }),
  )
  return new Map(pages)
}

/** The navigation. Pages that no group names are listed in the last one. */
export const GROUPS: readonly { readonly title: Record<Lang, string>; readonly pages: readonly string[] }[] =
  [
    {
      title: { en: 'Operators', zh: '运维' },
      pages: [
        ...[
          'requirements',
          'operator',
          'settings',
          'troubleshooting',
          'upgrade',
          'backup-and-restore',
          'renewal',
        ],
        ...['known-limits', 'faq', 'manual-path', 'guide-differences', 'errors'],
      ],
    },
    { title: { en: 'Auditors', zh: '审计' }, pages: ['auditing', 'bundle-format'] },
    {
      title: { en: 'Builders', zh: '构建' },
      pages: ['quickstart', 'commands', 'releases', 'configuration', 'compatibility', 'ci'],
    },
    {
      title: { en: 'Developers', zh: '开发' },
      pages: ['architecture', 'glossary', 'testing', 'embedded-upstream', 'performance', 'reliability'],
    },
  ]

export const OTHERS: Record<Lang, string> = { en: 'More', zh: '其他' }
