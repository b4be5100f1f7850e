/** Text that is HTML already. Everything else that is put into a template is escaped. */
export interface Html {
  readonly html: string
}

type Value = Html | string | number | readonly Html[]

/** A template whose values are escaped unless they are HTML themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const parts = strings.map(
    (piece, index) => piece + (index < values.length ? render(values[index] ?? '') : ''),
  )
  return { html: parts.join('') }
}

/** For content and quoted attributes alike. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** HTML that is written in this program, such as its style sheet. */
export function trusted(text: string): Html {
  return { html: text }
}

function render(value: Value): string {
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  return 'html' in value ? value.html : value.map((item) => item.html).join('')
}
