import type { Lang } from '@edgelift/core'
import type { Difference } from '../diff/compare.ts'
import { type Row, sectionsOf, sizesText } from '../diff/format.ts'
import { DIFF_WORDS } from '../diff/words.ts'
import { documentOf } from './document.ts'
import { type Html, html } from './html.ts'

/** The comparison as a page. */
export function differencePage(difference: Difference, lang: Lang): string {
  const { from, to } = difference
  const body = html`<header><p class="role">${DIFF_WORDS.title[lang]}</p><h1>${from} → ${to}</h1>
<p class="note">${sizesText(difference, lang)}</p></header>
${differenceParts(difference, lang).map((part) => html`<section>${part}</section>`)}`
  return documentOf({ lang, title: `${from} → ${to}`, body })
}

/** The differences to an earlier archive, as a section of its audit. */
export function differenceSection(difference: Difference, lang: Lang): Html {
  return html`<section><h2>${DIFF_WORDS.title[lang]}</h2><p class="note">${difference.from} → ${difference.to}<br>${sizesText(difference, lang)}</p>
${differenceParts(difference, lang)}</section>
`
}

function differenceParts(difference: Difference, lang: Lang): Html[] {
  if (difference.isEmpty) return [html`<p>${DIFF_WORDS.same[lang]}</p>`]
  return sectionsOf(difference).map(
    ({ title, rows }) => html`<h3>${DIFF_WORDS[title][lang]}</h3>${table(rows)}`,
  )
}

function table(rows: readonly Row[]): Html {
  const tag = { '+': 'good', '-': 'bad', '~': 'warn' }
  return html`<table class="cards"><tbody>${rows.map(
    ({ sign, name, what, bytes }) =>
      html`<tr><td class="sign"><span class="tag ${tag[sign]}">${sign}</span></td><td class="name">${name}</td><td class="mono">${what}</td><td class="number">${bytes}</td></tr>
`,
  )}</tbody></table>`
}
