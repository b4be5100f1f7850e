import { expect, it } from 'vitest'
import { apiVersionsOfCrds, k3sApiVersions } from './api-versions.ts'

it('K3s serves its own APIs, and those of the components that it runs', () => {
  expect(k3sApiVersions([])).toEqual(
    expect.arrayContaining([
      'apps/v1',
      'apps/v1/Deployment',
      'helm.cattle.io/v1/HelmChart',
      'traefik.io/v1alpha1',
    ]),
  )
  const less = k3sApiVersions(['traefik', 'metrics-server'])
  expect(less.some((version) => /traefik|metrics/.test(version))).toBe(false)
  expect(less).toContain('helm.cattle.io/v1')
})

it('a CRD adds each version that it serves', () => {
  const crd = {
    kind: 'CustomResourceDefinition',
    spec: {
      group: 'networking.istio.io',
      names: { kind: 'Gateway' },
      versions: [{ name: 'v1alpha3' }, { name: 'v1', served: false }],
    },
  }
  const added = ['networking.istio.io/v1alpha3', 'networking.istio.io/v1alpha3/Gateway']
  expect(apiVersionsOfCrds([crd, null, 'text', { kind: 'Pod' }])).toEqual(added)
  expect(apiVersionsOfCrds([{ kind: 'List', items: [null, { kind: 'List', items: [crd] }] }])).toEqual(added)
})
