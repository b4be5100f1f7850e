import MarkdownIt, { type Token } from 'markdown-it'

export interface Rendered {
  readonly html: string
  /** Headings of the second level, for the page's own contents. */
  readonly contents: readonly { readonly id: string; readonly title: string }[]
  /** Text by heading, for the search. */
  readonly sections: readonly { readonly id: string; readonly title: string; readonly text: string }[]
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * Renders a page. Raw HTML is shown as text.
 * @param link turns the target of a link into that of the site; undefined where the site has no such page
 */
export function render(text: string, link: (target: string) => string | undefined): Rendered {
  const markdown = new MarkdownIt({ html: false, linkify: false })
  const tokens = markdown.parse(text, {})
  const contents: { id: string; title: string }[] = []
  const sections: { id: string; title: string; text: string }[] = []
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]
    if (token.type === 'heading_open' && next !== undefined) {
      const title = plain(next)
      const id = anchorOf(next.content)
      token.attrSet('id', id)
      if (token.tag === 'h2') contents.push({ id, title })
      sections.push({ id, title, text: '' })
    } else if (token.type === 'inline' || token.type === 'fence') {
      const section = sections.at(-1)
      const isHeading = tokens[index - 1]?.type === 'heading_open'
      if (section !== undefined && !isHeading) section.text += `${plain(token)} `
    }
    const children = token.children ?? []
    for (const child of children) {
      if (child.type === 'link_open') follow(child, link(String(child.attrGet('href'))), children)
    }
  }
  return { html: markdown.renderer.render(tokens, markdown.options, {}), contents, sections }
}

/** A link that leads nowhere becomes plain text. */
function follow(open: Token, target: string | undefined, siblings: readonly Token[]): void {
  if (target !== undefined) {
    open.attrSet('href', target)
    return
  }
  const close = siblings.slice(siblings.indexOf(open)).find(({ type }) => type === 'link_close')
  open.attrs = null
  open.tag = 'span'
  if (close !== undefined) close.tag = 'span'
}

function plain(token: {
  content: string
  children: readonly { type: string; content: string }[] | null
}): string {
  const parts = token.children?.map(({ type, content }) => (type === 'softbreak' ? ' ' : content))
  return (parts?.join('') ?? token.content).replace(/\s+/g, ' ').trim()
}
