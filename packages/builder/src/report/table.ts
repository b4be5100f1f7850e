import { type Html, html } from './html.ts'

export interface Column {
  readonly title: string
  /** Right-aligned figures. */
  readonly number?: boolean
}

/** A table that becomes a list of cards on narrow screens, each cell with its column's title. */
export function cards(columns: readonly Column[], rows: readonly (readonly Html[])[]): Html {
  const head = columns.map(({ title, number }) =>
    number === true ? html`<th class="number">${title}</th>` : html`<th>${title}</th>`,
  )
  const body = rows.map((cells) => {
    const row = cells.map((cell, index) => {
      const { title = '', number } = columns[index] ?? {}
      return html`<td data-label="${title}"${number === true ? html` class="number"` : html``}><div>${cell}</div></td>`
    })
    return html`<tr>${row}</tr>
`
  })
  return html`<table class="${columns.length === 2 ? 'cards pairs' : 'cards'}"><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>`
}
