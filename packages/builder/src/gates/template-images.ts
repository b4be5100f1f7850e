import type { ChartFiles } from '../sources/chart-tarball.ts'
import { type MentionedImage, mentionedImages } from './mentioned-images.ts'

/**
 * What a template may look at that no rendering before the installation can show: objects of the cluster (`lookup`), the
 * number of the installation, the version of another helm.
 */
const UNSEEN = /[\s({|]lookup\s+["`$.(]|\.Revision\b|"Revision"|HelmVersion/

/**
 * Texts that look like images in the templates of a chart that may render something else on the node than here, as they are
 * written. Other charts have none: what they ask for is known by rendering them.
 * @param name the chart's, for the place: `chart x, templates/y.yaml`
 */
export function imagesInTemplates(files: ChartFiles, name: string): MentionedImage[] {
  const templates = [...files]
    .filter(([path]) => /(^|\/)templates\//.test(path) && !path.endsWith('/NOTES.txt'))
    .map(([path, bytes]) => [path, withoutComments(Buffer.from(bytes).toString('utf8'))] as const)
  if (!templates.some(([, text]) => UNSEEN.test(text))) return []
  const object = { kind: 'chart', metadata: { name }, ...Object.fromEntries(templates) }
  return mentionedImages(object)
}

/** Without those of templates (Go's text/template) and of YAML. In time that grows with the length, whatever stands there. */
function withoutComments(text: string): string {
  const [first = '', ...rest] = text.split(/\{\{(?:-\s+)?\/\*/)
  const kept = rest.map((part) => part.slice(part.includes('*/') ? part.indexOf('*/') + 2 : 0))
  return [first, ...kept].join('').replace(/^[ \t]*#.*$/gm, '')
}
