import { formatBytes, type Lang } from '@edgelift/core'
import { documentOf } from '../report/document.ts'
import { type Html, html } from '../report/html.ts'
import type { Difference } from './compare.ts'
import { type Row, sectionsOf } from './format.ts'
import { DIFF_WORDS } from './words.ts'

/** The comparison as a page. */
export function differencePage(difference: Difference, lang: Lang): string {
  const { from, to, size } = difference
  const sections = sectionsOf(difference).map(
    ({ title, rows }) => html`<section><h2>${DIFF_WORDS[title][lang]}</h2>${tables(rows)}</section>`,
  )
  const body = html`<header><p class="role">${DIFF_WORDS.title[lang]}</p><h1>${from} → ${to}</h1>
<p class="note">${DIFF_WORDS.size[lang]}: ${formatBytes(size.from)} → ${formatBytes(size.to)}</p></header>
${difference.isEmpty ? html`<section>${DIFF_WORDS.same[lang]}</section>` : sections}`
  return documentOf({ lang, title: `${from} → ${to}`, body })
}

function tables(rows: readonly Row[]): Html {
  const tag = { '+': 'good', '-': 'bad', '~': 'warn' }
  return html`<div class="wide"><table>${rows.map(
    ({ sign, name, what, bytes }) =>
      html`<tr><td><span class="tag ${tag[sign]}">${sign}</span></td><td class="name">${name}</td><td class="mono">${what}</td><td class="number">${bytes}</td></tr>`,
  )}</table></div>`
}
