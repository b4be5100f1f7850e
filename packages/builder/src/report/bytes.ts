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
const TOOLS: readonly Tool[] = [
  {
    name: 'Node.js',
    program: PATHS.runtimeNode,
    isPart: (path) => path.startsWith(`${PATHS.runtime}/`),
    why: 'whyNode',
  },
  { name: 'Helm', program: PATHS.helm, isPart: (path) => path === PATHS.helm, why: 'whyHelm' },
]

interface Tool {
  readonly name: string
  readonly program: string
  /** Of the program, or of what it runs with. */
  readonly isPart: (path: string) => boolean
  readonly why: Word
}

function tools({ inspection, components, lang, say }: Page): Html {
  const { files } = inspection.verified.manifest
  const notes = TOOLS.flatMap(({ name, program, isPart, why }) => {
    if (!files.some(({ path }) => path === program)) return []
    const size = formatBytes(files.filter(({ path }) => isPart(path)).reduce((sum, one) => sum + one.size, 0))
    const title = `${name} ${components.get(program)?.version ?? ''}`.trim()
    const figure = lang === 'zh' ? `（${size}）：` : ` (${size}): `
    return [html`<p class="note"><b>${title}</b>${figure}${say(why)}</p>`]
  })
  return notes.length === 0 ? html`` : html`<div class="after">${notes}</div>`
}
