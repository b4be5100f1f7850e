import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Lang } from '@edgelift/core'
import { render } from './markdown.ts'
import { FOLDERS, pageOfLink, pagesOf, type SourcePage } from './pages.ts'
import { pageHtml, relative } from './template.ts'

/**
 * Writes the documentation as a site of plain files. Nothing in it is loaded from elsewhere, and it opens from a folder.
 * @returns the folders' names and how many pages are in each
 */
export async function buildSite(docs: string, out: string): Promise<Record<string, number>> {
  await rm(out, { recursive: true, force: true })
  await mkdir(out, { recursive: true })
  for (const name of ['style.css', 'search.js'])
    await copyFile(path.join(import.meta.dirname, name), path.join(out, name))
  await writeFile(path.join(out, 'index.html'), CHOICE)
  const counts: Record<string, number> = {}
  for (const lang of ['en', 'zh'] as const) {
    const pages = await pagesOf(docs, lang)
    await writeLanguage(path.join(out, FOLDERS[lang]), lang, pages)
    counts[FOLDERS[lang]] = pages.size
  }
  return counts
}

async function writeLanguage(
  folder: string,
  lang: Lang,
  pages: ReadonlyMap<string, SourcePage>,
): Promise<void> {
  const index: { page: string; title: string; url: string; text: string }[] = []
  for (const page of pages.values()) {
    const rendered = render(page.text, (target) => siteLink(page.name, target, pages))
    const file = path.join(folder, `${page.name}.html`)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, pageHtml({ page, rendered }, { lang, pages }))
    for (const { id, title, text } of rendered.sections)
      index.push({ page: page.title, title, url: `${page.name}.html#${id}`, text })
  }
  await writeFile(
    path.join(folder, 'search-index.js'),
    `globalThis.EDGELIFT_SEARCH=${JSON.stringify(index)}\n`,
  )
}

/** `operator.md#settings` becomes `operator.html#settings`; undefined for what is in the repository alone. */
function siteLink(from: string, target: string, pages: ReadonlyMap<string, SourcePage>): string | undefined {
  if (/^(https:|#)/.test(target)) return target
  const [file = '', anchor] = target.split('#')
  const page = pageOfLink(from, file, pages)
  if (page === undefined) return undefined
  return `${relative(from, `${page}.html`)}${anchor === undefined ? '' : `#${anchor}`}`
}

const CHOICE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>edgelift</title><link rel="stylesheet" href="style.css"></head>
<body><main style="max-width:640px;margin:80px auto;padding:0 24px"><h1>edgelift</h1>
<p><a href="en/index.html">Documentation in English</a></p><p lang="zh-CN"><a href="zh-CN/index.html">中文文档</a></p></main></body></html>
`
