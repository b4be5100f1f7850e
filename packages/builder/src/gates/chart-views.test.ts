import { gzipSync } from 'node:zlib'
import type { BundleChart } from '@edgelift/bundle'
import { TAR_END, tarHeader, tarPadding } from '@edgelift/core'
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

function packed(path: string, text: string): Uint8Array {
  const bytes = Buffer.from(text)
  const header = tarHeader({ path, size: bytes.length, mode: 0o644, type: 'file' })
  return gzipSync(Buffer.concat([header, bytes, Buffer.alloc(tarPadding(bytes.length)), TAR_END]))
}

it.each<[string, string, boolean, boolean]>([
  ['{{ .Values.x }} {{ .Release.Name }} {{ $.Release.Namespace }}', 'c/templates/x.yaml', false, false],
  ['{{ .Capabilities.APIVersions.Has "x/v1" }}', 'c/templates/x.yaml', true, false],
  ['{{ with $.Capabilities }}{{ end }}', 'c/templates/_x.tpl', true, false],
  ['{{ if .Release.IsUpgrade }}', 'c/templates/x.yaml', false, true],
  ['{{ index .Release "IsInstall" }}', 'c/templates/x.yaml', false, true],
  ['{{ (get . "Release").IsUpgrade }}', 'c/templates/x.yaml', false, true],
  ['{{ $r := index $ "Release" }}{{ if $r.IsInstall }}', 'c/templates/x.yaml', false, true],
  ['', 'c/charts/inner-1.tgz', true, true],
])('%s in %s', (text, path, apis, upgrade) => {
  expect(viewsOf(packed(path, text), CHART)).toEqual({ apis, upgrade })
})

it('a template in the values counts too', () => {
  const chart = { ...CHART, values: { x: '{{ .Release.Revision }}' } }
  expect(viewsOf(packed('c/templates/x.yaml', '{{ tpl .Values.x . }}'), chart).upgrade).toBe(true)
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
