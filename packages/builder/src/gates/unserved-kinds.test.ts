import { expect, it } from 'vitest'
import { apiVersionsOfCrds, k3sApiVersions } from './api-versions.ts'
import { type ObjectSource, requirementsIn } from './object-requirements.ts'
import { unservedIn } from './unserved-kinds.ts'

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'foos.x.io' },
  spec: { group: 'x.io', names: { kind: 'Foo' }, versions: [{ name: 'v1', served: true }] },
}
const served = new Set([...k3sApiVersions(['traefik']), ...apiVersionsOfCrds([CRD])])
const object = (apiVersion: string, kind: string, name = 'a') => ({ apiVersion, kind, metadata: { name } })

it.each([
  ['extensions/v1beta1', 'Deployment'],
  ['policy/v1beta1', 'PodSecurityPolicy'],
  ['batch/v1beta1', 'CronJob'],
  ['monitoring.coreos.com/v1', 'ServiceMonitor'],
  ['traefik.io/v1alpha1', 'IngressRoute'],
  ['x.io/v2', 'Foo'],
  ['v1', 'Podd'],
])('finds %s %s, which no cluster of the archive serves', (apiVersion, kind) => {
  expect(unservedIn([object(apiVersion, kind)], served)).toEqual([{ apiVersion, kind, owner: `${kind} a` }])
})

it.each([
  ['v1', 'Service'],
  ['apps/v1', 'Deployment'],
  ['helm.cattle.io/v1', 'HelmChart'],
  ['x.io/v1', 'Foo'],
])('leaves %s %s, which K3s or a CRD brings', (apiVersion, kind) => {
  expect(unservedIn([CRD, object(apiVersion, kind)], served)).toEqual([])
})

it('looks into lists, names each kind once, and leaves what is no object', () => {
  const items = [object('a.io/v1', 'A', 'first'), object('a.io/v1', 'A', 'second')]
  expect(unservedIn([null, 'x', {}, { apiVersion: 'v1', kind: 'List', items }], served)).toEqual([
    { apiVersion: 'a.io/v1', kind: 'A', owner: 'A first' },
  ])
})

it('is a warning of the chart, and none of a cluster of which nothing is known', () => {
  const source: ObjectSource = {
    requirer: { kind: 'chart', name: 'old' },
    where: 'charts.old',
    platform: 'linux/amd64',
    mayPull: false,
    notImages: new Set(),
  }
  const objects = [object('policy/v1beta1', 'PodSecurityPolicy')]
  expect(requirementsIn(objects, { ...source, served }).findings).toEqual([
    expect.objectContaining({
      severity: 'warning',
      code: 'KIND_UNSERVED',
      where: 'charts.old',
      text: expect.objectContaining({
        en: expect.stringContaining(
          'chart old (PodSecurityPolicy a) is a PodSecurityPolicy of policy/v1beta1',
        ),
      }),
    }),
  ])
  expect(requirementsIn(objects, source).findings).toEqual([])
})
