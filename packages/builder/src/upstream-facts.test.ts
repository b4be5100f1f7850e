import { parseReference } from '@edgelift/oci'
import { expect, it } from 'vitest'
import {
  containerdSandbox,
  EDGECORE_SANDBOX,
  inRange,
  K3S_COMPONENTS,
  K3S_SANDBOX,
  minorOf,
} from './upstream-facts.ts'

it.each([
  ['1.7.29', 'registry.k8s.io/pause:3.8'],
  ['2.0.0', 'registry.k8s.io/pause:3.10'],
  ['v2.1.5', 'registry.k8s.io/pause:3.10'],
  ['2.2.0', 'registry.k8s.io/pause:3.10.1'],
  ['2.3.0', undefined],
  ['1.6.9', undefined],
  ['', undefined],
])('containerd %s uses the sandbox %s', (version, image) => {
  expect(containerdSandbox(version)).toBe(image)
})

it.each([
  ['v1.34.2+k3s1', '1.34'],
  ['1.22', '1.22'],
  ['2', '2.0'],
  ['main', undefined],
])('the minor version of %s is %s', (version, minor) => {
  expect(minorOf(version)).toBe(minor)
})

it('knows a range from what is no version', () => {
  expect([
    inRange('v1.34.2+k3s1', '>=1.34.0'),
    inRange('1.33.9', '>=1.34.0'),
    inRange('main', '>=1'),
  ]).toEqual([true, false, undefined])
})

it('names images by their whole repository', () => {
  for (const repository of Object.values(K3S_COMPONENTS).flat()) {
    const { registry, repository: rest } = parseReference(repository)
    expect(`${registry}/${rest}`).toBe(repository)
  }
  for (const image of [K3S_SANDBOX, EDGECORE_SANDBOX]) expect(parseReference(image).tag).toBe('3.6')
})
