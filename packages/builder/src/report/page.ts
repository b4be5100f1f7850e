import { type BundleFile, hexOfIntegrity, type Origin, requirerText } from '@edgelift/bundle'
import { formatBytes, type Lang } from '@edgelift/core'
import type { Inspection } from '../inspect/inspection.ts'
import { whenWords } from '../inspect/why.ts'
import { documentOf } from './document.ts'
import { type Html, html } from './html.ts'
import { bytesLegend, bytesPicture } from './picture.ts'
import { WORDS } from './words.ts'

type Word = keyof typeof WORDS
interface Page {
  readonly inspection: Inspection
  readonly lang: Lang
  readonly say: (word: Word) => string
}

/** The audit report. The same archive and language give the same page. */
export function reportPage(inspection: Inspection, lang: Lang): string {
  const page: Page = { inspection, lang, say: (word) => WORDS[word][lang] }
  const { manifest } = inspection.verified
  const sections = [head, problems, about, bytes, images, files, sums].map((section) => section(page))
  return documentOf({
    lang,
    title: `${manifest.name} · ${page.say('title')}`,
    body: html`${sections}
<footer>${page.say('footer')}</footer>`,
  })
}

function head({ inspection, lang, say }: Page): Html {
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
  const placeholders =
    manifest.placeholders.length === 0 ? [] : [html`<span class="badge bad">${say('placeholders')}</span>`]
  const number = (value: string | number, what: Word): Html =>
    html`<div><b>${value}</b><span>${say(what)}</span></div>`
  return html`<header>
<p class="role">${WORDS.title[lang]}</p>
<h1>${manifest.name}</h1>
<p class="badges">${[integrity, signature, ...placeholders]}</p>
<div class="numbers">${[
    ...(packedSize === undefined ? [] : [number(formatBytes(packedSize), 'packed')]),
    number(formatBytes(verified.bytes), 'unpacked'),
    number(verified.files, 'files'),
    number(manifest.images.length, 'images'),
  ]}</div>
</header>
`
}

function problems({ inspection, lang, say }: Page): Html {
  const found = inspection.verified.problems
  if (found.length === 0) return html``
  const items = found.map((one) => html`<li><b>${one.what[lang]}</b> ${one.because?.[lang] ?? ''}</li>`)
  return html`<section class="problems"><h2>${say('problems')}</h2><ul>${items}</ul></section>`
}

function about({ inspection, lang, say }: Page): Html {
  const { manifest, sha256 } = inspection.verified
  const versions = Object.entries(manifest.versions).map(([name, version]) => `${name} ${version}`)
  const options = manifest.options.map(
    (option) => `${option.name}: ${option.title[lang]} (${option.default ? say('on') : say('off')})`,
  )
  const charts = manifest.charts.map((chart) =>
    [chart.name, whenWords(chart.when, lang)].filter((word) => word !== '').join(', '),
  )
  const rows: [Word, string][] = [
    ['roleAndPlatform', `${manifest.role} · ${manifest.platform}`],
    ['releaseName', `${manifest.release.name} ${manifest.release.version}`],
    ['versions', versions.join(' · ')],
    ['options', options.join(' · ')],
    ['charts', charts.join(' · ')],
    ['sandbox', manifest.settings.sandboxImage],
    ['builtBy', `edgelift ${manifest.edgelift}`],
  ]
  const digests: [Word, string][] = [
    ['lock', manifest.lock],
    ...(sha256 === undefined ? [] : [['sha256', sha256] as [Word, string]]),
  ]
  return html`<section><h2>${say('about')}</h2><dl>${[
    ...rows
      .filter(([, value]) => value !== '')
      .map(([word, value]) => html`<dt>${say(word)}</dt><dd>${value}</dd>`),
    ...digests.map(([word, value]) => html`<dt>${say(word)}</dt><dd><code>${value}</code></dd>`),
  ]}</dl></section>
`
}

function bytes({ inspection, lang, say }: Page): Html {
  return html`<section><h2>${say('where')}</h2><p class="note">${say('whereNote')}</p>
${bytesPicture(inspection, lang)}
${bytesLegend(inspection, lang)}</section>
`
}

function images({ inspection, lang, say }: Page): Html {
  const { manifest } = inspection.verified
  if (manifest.images.length === 0) return html``
  const sizes = new Map(manifest.files.map((file) => [file.path, file.size]))
  const rows = manifest.images.map((image) => {
    const requirers = image.neededBy.map(
      (requirer) =>
        html`<li>${requirerText(requirer, lang)} <span class="when">${whenWords(requirer.when, lang)}</span></li>`,
    )
    return html`<tr><td><span class="name">${image.reference}</span> ${placeholder(image.reference, manifest.placeholders, say)}
<code class="digest">${image.digest}</code></td><td class="number">${formatBytes(sizes.get(image.file) ?? 0)}</td>
<td><ul class="requirers">${requirers}</ul></td></tr>
`
  })
  return html`<section><h2>${say('imagesTitle')}</h2><p class="note">${say('imagesNote')}</p>
<div class="wide"><table><thead><tr><th>${say('image')}</th><th class="number">${say('size')}</th><th>${say('neededBy')}</th></tr></thead><tbody>
${rows}</tbody></table></div></section>
`
}

function files({ inspection, say }: Page): Html {
  const { manifest } = inspection.verified
  const rows = manifest.files
    .filter((file) => file.origin.kind === 'url' || file.origin.kind === 'image-file')
    .map(
      (
        file,
      ) => html`<tr><td><span class="name">${file.path}</span> ${placeholder(file.path, manifest.placeholders, say)}</td>
<td class="number">${formatBytes(file.size)}</td><td>${source(file.origin)}</td><td>${trustOf(file, say)}</td></tr>
`,
    )
  return html`<section><h2>${say('filesTitle')}</h2><p class="note">${say('filesNote')}</p>
<div class="wide"><table><thead><tr><th>${say('file')}</th><th class="number">${say('size')}</th><th>${say('from')}</th><th>${say('trust')}</th></tr></thead><tbody>
${rows}</tbody></table></div></section>
`
}

function sums({ inspection, say }: Page): Html {
  const { manifest } = inspection.verified
  const rows = manifest.files.map(
    (file) => html`<tr><td class="mono">${file.path}</td><td class="number">${formatBytes(file.size)}</td>
<td><code>${hexOfIntegrity(file.integrity)}</code></td></tr>
`,
  )
  return html`<section><h2>${say('sums')}</h2><p class="note">${say('sumsNote')}</p>
<pre><code>tar xzf ${manifest.name}.tar.gz
cd ${manifest.name}
sha256sum -c SHA256SUMS
minisign -V -p edgelift.pub -m SHA256SUMS</code></pre>
<p></p><details><summary>${say('showAll')} (${manifest.files.length})</summary><div class="wide"><table><tbody>
${rows}</tbody></table></div></details></section>
`
}

function placeholder(name: string, placeholders: readonly string[], say: Page['say']): Html {
  return placeholders.includes(name) ? html`<span class="tag bad">${say('placeholder')}</span>` : html``
}

/** Links only to what is a web address: a release may name anything. */
function source(origin: Origin): Html {
  switch (origin.kind) {
    case 'url': {
      const link = /^https?:\/\//.test(origin.url)
        ? html`<a href="${origin.url}" rel="noreferrer">${origin.url}</a>`
        : html`${origin.url}`
      return origin.member === undefined ? link : html`${link}<code class="digest">${origin.member}</code>`
    }
    case 'image':
      return html`${origin.reference}<code class="digest">${origin.digest}</code>`
    case 'image-file':
      return html`${origin.reference}<code class="digest">${origin.member}</code>`
    case 'edgelift':
      return html`edgelift ${origin.version}`
  }
}

function trustOf(file: BundleFile, say: Page['say']): Html {
  const { origin } = file
  if (origin.kind === 'image-file') return html`<span class="tag good">${say('imageDigest')}</span>`
  if (origin.kind !== 'url') return html``
  switch (origin.trust) {
    case 'upstream-checksum':
      return html`<span class="tag good">${say('upstream')}</span>`
    case 'release-digest':
      return html`<span class="tag good">${say('release')}</span>`
    case 'first-use':
      return html`<span class="tag warn">${say('firstUse')}</span>`
  }
}
