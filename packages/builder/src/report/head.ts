import { formatBytes } from '@edgelift/core'
import type { Page, Word } from './context.ts'
import { type Html, html } from './html.ts'

export function head({ inspection, say }: Page): Html {
  const { verified, packedSize } = inspection
  const { manifest } = verified
  const signature = {
    valid: html`<span class="badge good">✓ ${say('signatureValid')}</span>`,
    unchecked: html`<span class="badge plain">${say('signatureUnchecked')}</span>`,
    none: html`<span class="badge warn">${say('signatureNone')}</span>`,
  }[verified.signature]
  const integrity =
    verified.problems.length === 0
      ? html`<span class="badge good">✓ ${say('intact')}</span>`
      : html`<span class="badge bad">✗ ${say('damaged')}</span>`
  const count = manifest.placeholders.length
  const placeholders =
    count === 0
      ? []
      : [html`<span class="badge bad">${say('placeholders').replace('%', String(count))}</span>`]
  const number = (value: string | number, what: Word): Html =>
    html`<div><b>${value}</b><span>${say(what)}</span></div>`
  return html`<header>
<p class="role">${say('title')}</p>
<h1>${manifest.name}</h1>
<p class="badges">${[integrity, signature, ...placeholders]}</p>
<div class="numbers">${[
    ...(packedSize === undefined ? [] : [number(formatBytes(packedSize), 'packed')]),
    number(formatBytes(verified.bytes), 'unpacked'),
    number(verified.files, 'files'),
    number(manifest.images.length, 'images'),
    ...(count === 0 ? [] : [number(count, 'placeholderCount')]),
  ]}</div>
</header>
`
}

export function problems({ inspection, lang, say }: Page): Html {
  const found = inspection.verified.problems
  if (found.length === 0) return html``
  const items = found.map((one) => html`<li><b>${one.what[lang]}</b> ${one.because?.[lang] ?? ''}</li>`)
  return html`<section class="problems"><h2>${say('problems')}</h2><ul>${items}</ul></section>`
}
