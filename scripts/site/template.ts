import path from 'node:path'
import type { Lang } from '@edgelift/core'
import type { Rendered } from './markdown.ts'
import { FOLDERS, GROUPS, OTHERS, type SourcePage } from './pages.ts'

const WORDS = {
  search: { en: 'Search', zh: '搜索' },
  nothing: { en: 'Nothing found', zh: '没有结果' },
  onPage: { en: 'On this page', zh: '本页内容' },
  other: { en: '中文', zh: 'English' },
  menu: { en: 'Contents', zh: '目录' },
} as const satisfies Record<string, Record<Lang, string>>

/** A page of the site: every address in it is relative, so that it also opens from a folder or a USB stick. */
export function pageHtml(
  { page, rendered }: { readonly page: SourcePage; readonly rendered: Rendered },
  { lang, pages }: { readonly lang: Lang; readonly pages: ReadonlyMap<string, SourcePage> },
): string {
  const other: Lang = lang === 'en' ? 'zh' : 'en'
  const to = (target: string): string => relative(page.name, target)
  const items = rendered.contents.map(
    ({ id, title }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(title)}</a></li>`,
  )
  const toc = items.length < 2 ? '' : `<aside><p>${WORDS.onPage[lang]}</p><ul>${items.join('')}</ul></aside>`
  return `<!doctype html>
<html lang="${FOLDERS[lang]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(page.title)} · edgelift</title>
<link rel="stylesheet" href="${to('../style.css')}">
<script defer src="${to('search-index.js')}"></script>
<script defer src="${to('../search.js')}"></script>
</head>
<body data-root="${to('')}" data-nothing="${WORDS.nothing[lang]}">
<header><a class="home" href="${to('index.html')}">edgelift</a>
<search><input id="search" class="query" type="search" placeholder="${WORDS.search[lang]}" aria-label="${WORDS.search[lang]}" autocomplete="off"><ol id="found" class="found" hidden></ol></search>
<a class="other" href="${to(`../${FOLDERS[other]}/${page.name}.html`)}" hreflang="${FOLDERS[other]}">${WORDS.other[lang]}</a></header>
<div class="columns">
<nav><details open><summary>${WORDS.menu[lang]}</summary>${navigation(page, lang, pages)}</details></nav>
<main>${rendered.html}</main>
${toc}
</div>
</body>
</html>
`
}

function navigation(current: SourcePage, lang: Lang, pages: ReadonlyMap<string, SourcePage>): string {
  const named = new Set(GROUPS.flatMap((group) => group.pages))
  const rest = [...pages.keys()].filter((name) => !named.has(name) && name !== 'index')
  const groups = [...GROUPS, { title: OTHERS, pages: rest }]
  return groups
    .map((group) => ({ ...group, pages: group.pages.flatMap((name) => pages.get(name) ?? []) }))
    .filter((group) => group.pages.length > 0)
    .map(({ title, pages: list }) => {
      const items = list.map((page) => {
        const here = page.name === current.name ? ' aria-current="page"' : ''
        return `<li><a href="${relative(current.name, `${page.name}.html`)}"${here}>${escapeHtml(page.title)}</a></li>`
      })
      return `<p>${title[lang]}</p><ul>${items.join('')}</ul>`
    })
    .join('')
}

/** From a page to a path that is relative to the language's folder. */
export function relative(from: string, target: string): string {
  const way = path.posix.relative(path.posix.dirname(from), target === '' ? '.' : target)
  return target === '' ? (way === '' ? '.' : way) : way
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
