import { expect, it } from 'vitest'
import { cloud, codes, found } from './preflight.sample.ts'

const peers = {
  cloud: { kubeedge: '1.22.0', edgemesh: '1.17.0', kubernetes: '1.34.2+k3s1' },
  edges: [{ name: 'edge-1', kubeedge: '1.22.0', edgemesh: '1.17.0', kubernetes: '1.31.12' }],
}
const brings = (kubeedge: string) => ({ versions: { kubeedge, edgemesh: '1.17.0', k3s: '1.34.3+k3s1' } })

it.each([
  ['the same version', brings('1.22.0'), []],
  ['a patch release, cloud first', brings('1.22.2'), ['note VERSIONS_MIXED']],
  ['two minor versions further than its edges', brings('1.24.0'), ['error VERSION_SKEW']],
])('on the cloud: %s', (_name, manifest, expected) => {
  expect(codes({ settings: cloud, peers, manifest })).toEqual(expected)
})

it.each([
  ['the same version', brings('1.22.0'), []],
  ['a patch release before its cloud has it', brings('1.22.2'), ['note VERSIONS_MIXED']],
  ['a minor version before its cloud has it', brings('1.23.0'), ['error VERSION_SKEW']],
])('on an edge: %s', (_name, manifest, expected) => {
  expect(codes({ peers, manifest })).toEqual(expected)
})

it('says in which order to go', () => {
  expect(found({ peers, manifest: brings('1.23.0') })[0]?.fix.en).toBe('upgrade the cloud first')
  expect(found({ settings: cloud, peers, manifest: brings('1.24.0') })[0]?.fix.en).toContain(
    'edges to KubeEdge 1.23 before',
  )
})
