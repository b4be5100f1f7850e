import { formatBytes, type Lang } from '@edgelift/core'
import { type Html, html, trusted } from '../report/html.ts'
import { STYLE } from '../report/style.ts'
import type { Difference } from './compare.ts'
import { type Row, sectionsOf } from './format.ts'
import { DIFF_WORDS } from './words.ts'

/** The comparison as one self-contained page without scripts. */
export function differencePage(difference: Difference, lang: Lang): string {
  const { from, to, size } = difference
  const sections = sectionsOf(difference).map(
    ({ title, rows }) => html`<section><h2>${DIFF_WORDS[title][lang]}</h2>${tables(rows)}</section>`,
  )
  return html`<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${from} → ${to}</title>
<style>${trusted(STYLE)}</style>
</head>
<body><main>
<header><p class="role">${DIFF_WORDS.title[lang]}</p><h1>${from} → ${to}</h1>
<p class="note">${DIFF_WORDS.size[lang]}: ${formatBytes(size.from)} → ${formatBytes(size.to)}</p></header>
${difference.isEmpty ? html`<section>${DIFF_WORDS.same[lang]}</section>` : sections}
</main></body>
</html>
`.html
}

function tables(rows: readonly Row[]): Html {
  const tag = { '+': 'good', '-': 'bad', '~': 'warn' }
  return html`<div class="wide"><table>${rows.map(
    ({ sign, name, what, bytes }) =>
      html`<tr><td><span class="tag ${tag[sign]}">${sign}</span></td><td class="name">${name}</td><td class="mono">${what}</td><td class="number">${bytes}</td></tr>`,
  )}</table></div>`
}
