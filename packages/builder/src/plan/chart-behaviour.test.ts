import { BundleChart } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { expandFor } from '../release/expand.ts'
import { sampleRelease } from '../testing/sample.ts'

it('what a release says of a chart reaches the archive, with its templates filled', () => {
  const [edgemesh] = Object.values(sampleRelease.charts)
  if (edgemesh === undefined) throw new Error('the sample has no chart')
  const behaviour = {
    order: 5,
    requires: ['crds/a.yaml'],
    restarts: ['daemonset/agent'],
    ready: [{ resource: 'secret', name: 'made', key: 'token' }],
    leaves: [{ resource: 'secret', names: ['made'] }],
    labels: [{ resource: 'service', namespace: 'default', name: 'kubernetes', label: 'a/b', value: '' }],
    certificate: { secret: 'made', key: 'crt', covers: ['nodeIp'] },
  }
  const release = { ...sampleRelease, charts: { edgemesh: { ...edgemesh, ...behaviour } } }
  const [chart] = expandFor(release, 'linux/amd64').charts
  expect(chart?.chart).toMatchObject(behaviour)
  expect(BundleChart.parse(chart?.chart)).toEqual(chart?.chart)
})
