import { expect, it } from 'vitest'
import { refusedLabel, refusedTaint } from './node-keys.ts'

it.each([
  ['site', 'plant-7'],
  ['example.com/line', '3'],
  ['topology.kubernetes.io/zone', 'a'],
  ['kubernetes.io/hostname', 'edge-1'],
  ['node.kubernetes.io/instance-type', 'small'],
  ['site.kubelet.kubernetes.io/hall', 'a'],
  ['kubernetes.io/os', 'linux'],
  ['kubernetes.io/arch', 'arm64'],
  ['mykubernetes.io/role', 'a'],
  ['constructor', 'a'],
  ['toString', ''],
])('a label that a kubelet takes is taken: %s=%s', (key, value) => {
  expect(refusedLabel(key, value, 'arm64')).toBeUndefined()
})

it.each([
  ['node-role.kubernetes.io/gateway', '', /does not start/, /kubectl label node NAME node-role\S+gateway=$/],
  ['kubernetes.io/site', 'a', /does not start/, /example\.com\/role/],
  ['node-restriction.kubernetes.io/site', 'a', /does not start/, /kubectl label/],
  ['k8s.io/site', 'a', /does not start/, /kubectl label/],
  ['node-role.kubernetes.io/edge', '', /gives it to each edge node itself/, /^remove it$/],
  ['kubernetes.io/os', 'windows', /itself, on this node to linux/, /^remove it$/],
  ['kubernetes.io/arch', 'amd64', /itself, on this node to arm64/, /^remove it$/],
  ['-site/a', 'a', /not a key/, /example\.com\/line/],
  ['a..b/c', 'a', /not a key/, /example\.com\/line/],
  [`${'a'.repeat(254)}/c`, 'a', /not a key/, /example\.com\/line/],
])('a label that does not work says why, and what does: %s=%s', (key, value, why, fix) => {
  expect(refusedLabel(key, value, 'arm64')).toMatchObject({
    why: { en: expect.stringMatching(why) },
    fix: { en: expect.stringMatching(fix) },
  })
})

it('an architecture is not compared where the node is another machine', () => {
  expect(refusedLabel('kubernetes.io/arch', 'amd64')).toBeUndefined()
})

it.each([
  [{ key: 'dedicated', value: 'edge' }, undefined],
  [{ key: 'node.kubernetes.io/out-of-service' }, undefined],
  [{ key: 'a b' }, 'a b is not a key that Kubernetes takes'],
  [{ key: 'a/b/c' }, 'a/b/c is not a key that Kubernetes takes'],
  [{ key: 'dedicated', value: 'a b' }, 'a b is not a taint value'],
])('a taint that the API server does not take is refused: %j', (taint, why) => {
  expect(refusedTaint(taint)?.why.en).toBe(why)
})
