import { PATHS } from '@edgelift/bundle'
import { formatBytes } from '@edgelift/core'
import type { Page, Word } from './context.ts'
import { type Html, html } from './html.ts'
import { bytesLegend, bytesPicture } from './picture.ts'

export function bytes(page: Page): Html {
  const { inspection, lang, say } = page
  return html`<section><h2>${say('where')}</h2><p class="note">${say('whereNote')}</p>
${bytesPicture(inspection, lang)}
${bytesLegend(inspection, lang)}${tools(page)}</section>
`
}

/** What is in the archive for the installation alone, which auditors ask about first. */
function tools({ inspection, components, lang, say }: Page): Html {
  const { files } = inspection.verified.manifest
  const explained: [string, Word][] = [
    [PATHS.runtimeNode, 'whyNode'],
    [PATHS.helm, 'whyHelm'],
  ]
  const notes = explained.flatMap(([path, word]) => {
    const mine = files.filter((file) =>
      path === PATHS.helm ? file.path === path : file.path.startsWith(`${PATHS.runtime}/`),
    )
    if (!mine.some((file) => file.path === path)) return []
    const size = formatBytes(mine.reduce((sum, file) => sum + file.size, 0))
    const version = components.get(path)?.version ?? ''
    const name = `${path === PATHS.helm ? 'Helm' : 'Node.js'} ${version}`
    const figure = lang === 'zh' ? `（${size}）：` : ` (${size}): `
    return [html`<p class="note"><b>${name.trim()}</b>${figure}${say(word)}</p>`]
  })
  return notes.length === 0 ? html`` : html`<div class="after">${notes}</div>`
}
