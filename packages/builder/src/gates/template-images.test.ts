import { describe, expect, it } from 'vitest'
import { imagesInTemplates } from './template-images.ts'

const found = (files: Record<string, string>): string[] =>
  imagesInTemplates(new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])), 'c').map(
    ({ reference, place }) => `${reference} | ${place}`,
  )
const guarded = (condition: string): string => `{{ if ${condition} }}\nimage: "helper:2"\n{{ end }}\n`
const HELPER = 'docker.io/library/helper:2 | chart c, templates/x.yaml'

describe('images in templates', () => {
  it.each([
    'lookup "v1" "Secret" "x" "y"',
    'not (lookup "v1" "Secret" .Release.Namespace "y")',
    '(lookup "apps/v1" "Deployment" "x" "y").spec',
    'gt .Release.Revision 2',
    'semverCompare ">=3.0.0" .Capabilities.HelmVersion.Version',
  ])('are mentioned where %s decides', (condition) => {
    expect(found({ 'templates/x.yaml': guarded(condition) })).toEqual([HELPER])
  })

  it('are mentioned also where another template looks', () => {
    const files = {
      'templates/x.yaml': '{{ include "image" . }}\nimage: helper:2\n',
      'charts/inner/templates/_h.tpl': '{{- $old := lookup "v1" "ConfigMap" "x" "y" }}',
    }
    expect(found(files)).toEqual([HELPER])
  })

  it('are mentioned between a path and a schedule, which begin and end no comment', () => {
    const text = `path: /*\n${guarded('lookup "v1" "Secret" "x" "y"')}schedule: "*/5 * * * *"\n`
    expect(found({ 'templates/x.yaml': text })).toEqual([HELPER])
  })

  it('are known by rendering in any other chart', () => {
    expect(found({ 'templates/x.yaml': guarded('.Values.lookup') })).toEqual([])
    expect(found({ 'templates/x.yaml': guarded('.Release.IsUpgrade') })).toEqual([])
    expect(found({ 'README.md': '{{ lookup "v1" }}', 'templates/x.yaml': 'image: helper:2' })).toEqual([])
  })

  it('are not what stands in comments and notes', () => {
    const files = {
      'templates/x.yaml':
        '{{- /* image: "helper:2" */ -}}\n# image: helper:2\na: {{ lookup "v1" "Secret" "x" "y" }}\n',
      'templates/NOTES.txt': 'image: helper:2\n',
      'values.yaml': 'image: helper:2\n',
    }
    expect(found(files)).toEqual([])
  })
})
