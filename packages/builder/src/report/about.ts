import { claimedSigner, hexOfIntegrity, PATHS, type Signer } from '@edgelift/bundle'
import { digestOf, hexOf } from '@edgelift/core'
import { whenWords } from '../inspect/why.ts'
import type { Page, Word } from './context.ts'
import { type Html, html } from './html.ts'
import { cards } from './table.ts'

export function about({ inspection, lang, say }: Page): Html {
  const { manifest } = inspection.verified
  const facts: [Word, string][] = [
    ['roleAndPlatform', `${manifest.role} · ${manifest.platform}`],
    ['releaseName', `${manifest.release.name} ${manifest.release.version}`],
    ['sandbox', manifest.settings.sandboxImage],
    ['builtBy', `edgelift ${manifest.edgelift}`],
  ]
  const versions = Object.entries(manifest.versions).map(([name, version]) => [
    html`${name}`,
    html`${version}`,
  ])
  const options = manifest.options.map((option) => [
    html`<span class="name">${option.name}</span>`,
    html`${option.title[lang]}`,
    html`${option.default ? say('on') : say('off')}`,
  ])
  const charts = manifest.charts.map((chart) => [
    html`<span class="name">${chart.name}</span>`,
    html`${chart.namespace}`,
    html`${chart.when === undefined ? say('always') : whenWords(chart.when, lang)}`,
  ])
  return html`<section><h2>${say('about')}</h2><dl>${facts
    .filter(([, value]) => value !== '')
    .map(([word, value]) => html`<dt>${say(word)}</dt><dd>${value}</dd>`)}</dl>
${titled(say('versions'), [{ title: say('component') }, { title: say('version') }], versions)}
${titled(say('options'), [{ title: say('option') }, { title: say('meaning') }, { title: say('default') }], options)}
${titled(say('charts'), [{ title: say('chart') }, { title: say('namespace') }, { title: say('installed') }], charts)}</section>
`
}

function titled(
  title: string,
  columns: readonly { title: string }[],
  rows: readonly (readonly Html[])[],
): Html {
  return rows.length === 0 ? html`` : html`<h3>${title}</h3>${cards(columns, rows)}`
}

/** Who signed, and the digests by which an auditor refers to what was seen. */
export function identity({ inspection, say }: Page): Html {
  const { manifest, sha256, contents, signature, signer } = inspection.verified
  const sums = contents?.get(PATHS.sums)
  const text = contents?.get(PATHS.signature)
  const claimed = text === undefined ? undefined : claimedSigner(Buffer.from(text).toString('utf8'))
  const digestAt = (path: string): string | undefined => {
    const file = manifest.files.find((one) => one.path === path)
    return file === undefined ? undefined : hexOfIntegrity(file.integrity)
  }
  const digests: [Word, string | undefined][] = [
    ['sha256', sha256],
    ['sumsDigest', sums === undefined ? undefined : hexOf(digestOf(sums))],
    ['sbomDigest', digestAt(PATHS.sbom)],
    ['provenanceDigest', digestAt(PATHS.provenance)],
    ['lock', manifest.lock],
  ]
  return html`<section><h2>${say('identity')}</h2>
<p class="note">${signature === 'unchecked' ? say('claimedNote') : signature === 'none' ? say('unsignedNote') : say('signedNote')}</p>
<dl>${[
    ...signerRows(signer ?? claimed, say),
    ...digests.flatMap(([word, value]) =>
      value === undefined ? [] : [html`<dt>${say(word)}</dt><dd><code>${value}</code></dd>`],
    ),
  ]}</dl></section>
`
}

function signerRows(signer: Signer | undefined, say: Page['say']): Html[] {
  if (signer === undefined) return []
  const { key, comment, archiveComment } = signer
  return [
    html`<dt>${say('signingKey')}</dt><dd><code>${key}</code></dd>`,
    html`<dt>${say('trustedComment')}</dt><dd><code>${comment}</code></dd>`,
    ...(archiveComment === undefined
      ? []
      : [html`<dt>${say('archiveComment')}</dt><dd><code>${archiveComment}</code></dd>`]),
  ]
}
