import type { Lang } from '@edgelift/core'
import type { Difference } from '../diff/compare.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { about, identity } from './about.ts'
import { bytes } from './bytes.ts'
import { files, images, sums } from './contents.ts'
import { pageOf } from './context.ts'
import { differenceSection } from './difference.ts'
import { documentOf } from './document.ts'
import { head, problems } from './head.ts'
import { html } from './html.ts'
import { signOff } from './sign-off.ts'

/** The audit report. The same archives and language give the same page. */
export function reportPage(inspection: Inspection, lang: Lang, difference?: Difference): string {
  const page = pageOf(inspection, lang)
  const changes = difference === undefined ? html`` : differenceSection(difference, lang)
  const sections = [
    ...[head(page), problems(page), about(page), identity(page), changes],
    ...[bytes(page), images(page), files(page), sums(page), signOff(page)],
  ]
  return documentOf({
    lang,
    title: `${inspection.verified.manifest.name} · ${page.say('title')}`,
    body: html`${sections}
<footer>${page.say('footer')}</footer>`,
  })
}
