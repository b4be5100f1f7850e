import type { Lang } from '@edgelift/core'
import type { Inspection } from '../inspect/inspection.ts'
import { readSbom } from '../inspect/sbom-of.ts'
import { type Component, licenseOf, propertyOf } from '../sbom/schema.ts'
import { type Html, html } from './html.ts'
import { WORDS } from './words.ts'

export type Word = keyof typeof WORDS

/** What the sections of a report are made from. */
export interface Page {
  readonly inspection: Inspection
  readonly lang: Lang
  readonly say: (word: Word) => string
  /** Of the bill of materials, by path in the archive; empty where there is none. */
  readonly components: ReadonlyMap<string, Component>
}

export function pageOf(inspection: Inspection, lang: Lang): Page {
  const components = readSbom(inspection)?.components ?? []
  return {
    inspection,
    lang,
    say: (word) => WORDS[word][lang],
    components: new Map(components.map((one) => [propertyOf(one, 'edgelift:path') ?? one.name, one])),
  }
}

/** Names one of the placeholders of the archive. */
export function placeholderTag(name: string, { inspection, say }: Page): Html {
  return inspection.verified.manifest.placeholders.includes(name)
    ? html` <span class="tag bad">${say('placeholder')}</span>`
    : html``
}

/** The SPDX expression of what lies at a path. */
export function licenseCell(path: string, { components, say }: Page): Html {
  const component = components.get(path)
  const license = component === undefined ? undefined : licenseOf(component)
  return license === undefined
    ? html`<span class="soft">${say('noLicense')}</span>`
    : html`${unbroken(license)}`
}

/** `GPL-3.0-or-later WITH …` breaks at spaces alone. */
function unbroken(expression: string): Html[] {
  return expression.split(' ').map((word) => html`<span class="keep">${word}</span> `)
}
