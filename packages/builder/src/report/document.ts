import type { Lang } from '@edgelift/core'
import { type Html, html, trusted } from './html.ts'
import { STYLE } from './style.ts'

/** A self-contained page without scripts, which loads nothing. */
export function documentOf(page: {
  readonly lang: Lang
  readonly title: string
  readonly body: Html
}): string {
  return html`<!doctype html>
<html lang="${page.lang === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${page.title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body><main>
${page.body}
</main></body>
</html>
`.html
}
