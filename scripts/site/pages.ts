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

/** Decisions, in English in both languages. */
const DECISIONS = 'adr'

/** The pages of one language, by name. */
export async function pagesOf(docs: string, lang: Lang): Promise<ReadonlyMap<string, SourcePage>> {
  const pages = await pagesIn(path.join(docs, FOLDERS[lang]), '')
  const decisions = await pagesIn(path.join(docs, DECISIONS), `${DECISIONS}/`)
  return new Map([...pages, ...decisions].map((page) => [page.name, page]))
}

async function pagesIn(folder: string, prefix: string): Promise<SourcePage[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(folder, file), 'utf8')
      const name = file.slice(0, -'.md'.length)
      return {
        name: `${prefix}${name}`,
        text,
        title: /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? name,
      }
    }),
  )
}

/**
 * The page that a link means; undefined where the site has none.
 * @param from name of the page that has the link
 * @returns relative to the language's folder: `operator`, `adr/…`, `../en/errors`
 */
export function pageOfLink(
  from: string,
  file: string,
  pages: ReadonlyMap<string, SourcePage>,
): string | undefined {
  const folder = from.startsWith(`${DECISIONS}/`) ? `../${DECISIONS}` : path.posix.dirname(from)
  const place = path.posix.normalize(path.posix.join(folder, file)).replace(/\.md$/, '')
  const name = place.startsWith(`../${DECISIONS}/`) ? place.slice('../'.length) : place
  if (pages.has(name)) return name
  return /^\.\.\/(en|zh-CN)\/[\w-]+$/.test(name) ? name : undefined
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
      pages: [
        'architecture',
        'decisions',
        'glossary',
        'testing',
        'embedded-upstream',
        'performance',
        'reliability',
      ],
    },
  ]

export const OTHERS: Record<Lang, string> = { en: 'More', zh: '其他' }
