import { hexOfIntegrity, type Origin, requirerText } from '@edgelift/bundle'
import { formatBytes } from '@edgelift/core'
import { unlicensedImages } from '../inspect/sbom-of.ts'
import { whenWords } from '../inspect/why.ts'
import { licenseCell, type Page, placeholderTag } from './context.ts'
import { type Html, html } from './html.ts'
import { cards } from './table.ts'

export function images(page: Page): Html {
  const { inspection, lang, say } = page
  const { manifest } = inspection.verified
  if (manifest.images.length === 0) return html``
  const sizes = new Map(manifest.files.map((file) => [file.path, file.size]))
  const rows = manifest.images.map((image) => {
    const requirers = image.neededBy.map(
      (requirer) =>
        html`<li>${requirerText(requirer, lang)} <span class="when">${whenWords(requirer.when, lang)}</span></li>`,
    )
    return [
      html`<span class="name">${image.reference}</span>${placeholderTag(image.reference, page)}
<code class="digest">${image.digest}</code>`,
      html`${formatBytes(sizes.get(image.file) ?? 0)}`,
      licenseCell(image.file, page),
      html`<ul class="requirers">${requirers}</ul>`,
    ]
  })
  const columns = [
    { title: say('image') },
    { title: say('size'), number: true },
    { title: say('license') },
    { title: say('neededBy') },
  ]
  return html`<section><h2>${say('imagesTitle')}</h2><p class="note">${say('imagesNote')}</p>
${cards(columns, rows)}${unlicensed(page)}</section>
`
}

/** Images whose licence nobody states. */
function unlicensed({ inspection, say }: Page): Html {
  const names = unlicensedImages(inspection)
  if (names === undefined) return html`<p class="note after">${say('noSbom')}</p>`
  if (names.length === 0) return html`<p class="note after">${say('allLicensed')}</p>`
  return html`<p class="note after">${say('unlicensed')}</p><ul class="note">${names.map((name) => html`<li><code>${name}</code></li>`)}</ul>`
}

export function files(page: Page): Html {
  const { inspection, say, components } = page
  const { manifest } = inspection.verified
  const rows = manifest.files.flatMap(({ path, size, origin }) => {
    if (origin.kind === 'image' || origin.kind === 'edgelift') return []
    const row = [
      html`<span class="name">${path}</span> ${components.get(path)?.version ?? ''}${placeholderTag(path, page)}`,
      html`${formatBytes(size)}`,
      licenseCell(path, page),
      source(origin),
      trustOf(origin, say),
    ]
    return [row]
  })
  const columns = [
    { title: say('file') },
    { title: say('size'), number: true },
    { title: say('license') },
    { title: say('from') },
    { title: say('trust') },
  ]
  return html`<section><h2>${say('filesTitle')}</h2><p class="note">${say('filesNote')}</p>
${cards(columns, rows)}</section>
`
}

export function sums({ inspection, say }: Page): Html {
  const { manifest } = inspection.verified
  const rows = manifest.files.map((file) => [
    html`<span class="mono">${file.path}</span>`,
    html`${formatBytes(file.size)}`,
    html`<code>${hexOfIntegrity(file.integrity)}</code>`,
  ])
  const columns = [{ title: say('file') }, { title: say('size'), number: true }, { title: 'SHA-256' }]
  return html`<section><h2>${say('sums')}</h2><p class="note">${say('sumsNote')}</p>
<pre><code>tar xzf ${manifest.name}.tar.gz
cd ${manifest.name}
sha256sum -c SHA256SUMS
minisign -V -p ../release.key.pub -m SHA256SUMS</code></pre>
<details><summary>${say('showAll')} (${manifest.files.length})</summary>${cards(columns, rows)}</details></section>
`
}

type Upstream = Extract<Origin, { kind: 'url' | 'image-file' }>

/** Links only to what is a web address: a release may name anything. */
function source(origin: Upstream): Html {
  if (origin.kind === 'image-file')
    return html`${origin.reference}<code class="digest">${origin.member}</code>`
  const link = /^https?:\/\//.test(origin.url)
    ? html`<a href="${origin.url}" rel="noreferrer">${origin.url}</a>`
    : html`${origin.url}`
  return origin.member === undefined ? link : html`${link}<code class="digest">${origin.member}</code>`
}

function trustOf(origin: Upstream, say: Page['say']): Html {
  if (origin.kind === 'image-file') return html`<span class="tag good">${say('imageDigest')}</span>`
  switch (origin.trust) {
    case 'upstream-checksum':
      return html`<span class="tag good">${say('upstream')}</span>`
    case 'release-digest':
      return html`<span class="tag good">${say('release')}</span>`
    case 'first-use':
      return html`<span class="tag warn">${say('firstUse')}</span>`
  }
}
