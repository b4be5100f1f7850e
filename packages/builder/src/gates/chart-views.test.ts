import type { BundleChart } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { statesFor, viewsOf } from './chart-views.ts'

const CHART: BundleChart = {
  name: 'c',
  path: 'c.tgz',
  release: 'c',
  namespace: 'n',
  values: {},
  variants: [],
}

const filesWith = (path: string, text: string) => new Map([[path, Buffer.from(text)]])

it.each<[string, string, boolean, boolean]>([
  ['{{ .Values.x }} {{ .Release.Name }} {{ $.Release.Namespace }}', 'templates/x.yaml', false, false],
  ['{{ .Capabilities.APIVersions.Has "x/v1" }}', 'templates/x.yaml', true, false],
  ['{{ with $.Capabilities }}{{ end }}', 'templates/_x.tpl', true, false],
  ['{{ if .Release.IsUpgrade }}', 'templates/x.yaml', false, true],
  ['{{ index .Release "IsInstall" }}', 'templates/x.yaml', false, true],
  ['{{ (get . "Release").IsUpgrade }}', 'templates/x.yaml', false, true],
  ['{{ $r := index $ "Release" }}{{ if $r.IsInstall }}', 'templates/x.yaml', false, true],
  ['', 'charts/inner-1.tgz', true, true],
])('%s in %s', (text, path, apis, upgrade) => {
  expect(viewsOf(filesWith(path, text), CHART)).toEqual({ apis, upgrade })
})

it('a template in the values counts too', () => {
  const chart = { ...CHART, values: { x: '{{ .Release.Revision }}' } }
  expect(viewsOf(filesWith('templates/x.yaml', '{{ tpl .Values.x . }}'), chart).upgrade).toBe(true)
})

it('a chart is rendered for every state that it can see', () => {
  const served = { k3s: ['helm.cattle.io/v1'], crds: ['networking.istio.io/v1alpha3'] }
  expect(statesFor({ apis: false, upgrade: false }, served)).toEqual([{ apiVersions: [], upgrade: false }])
  expect(statesFor({ apis: true, upgrade: true }, served)).toEqual([
    { apiVersions: ['helm.cattle.io/v1', 'networking.istio.io/v1alpha3'], upgrade: false },
    { apiVersions: ['helm.cattle.io/v1'], upgrade: false },
    { apiVersions: ['helm.cattle.io/v1', 'networking.istio.io/v1alpha3'], upgrade: true },
  ])
})
