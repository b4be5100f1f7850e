import type { BundleManifest } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { componentChanges } from './components.ts'

const ALL = ['cni-plugins', 'containerd', 'edgemesh', 'helm', 'k3s', 'kubeedge', 'node', 'runc', 'site-app']
const versions = (version: string) => Object.fromEntries(ALL.map((name) => [name, version]))
const before = {
  bundle: 'b-1',
  release: { name: 'b', version: '1' },
  lock: 'l1',
  versions: versions('1'),
  manifest: undefined,
}
const next = { lock: 'l2', versions: versions('2') } as unknown as BundleManifest
const cloud = { role: 'cloud' as const, settings: { role: 'cloud' } }
const edge = { role: 'edge' as const, settings: { role: 'edge' } }

it.each([
  ['a cloud with its K3s', cloud, ['edgemesh', 'helm', 'k3s', 'kubeedge', 'node', 'site-app']],
  [
    'a cloud on an existing cluster, whose Kubernetes stays',
    { ...cloud, kubeEdgeOnly: { kubeconfig: '/k' } },
    ['edgemesh', 'helm', 'kubeedge', 'node', 'site-app'],
  ],
  ['an edge', edge, ['cni-plugins', 'containerd', 'edgemesh', 'kubeedge', 'node', 'runc', 'site-app']],
  [
    "an edge on the host's containerd, which stays",
    { ...edge, settings: { role: 'edge', containerd: 'existing' } },
    ['cni-plugins', 'edgemesh', 'kubeedge', 'node', 'site-app'],
  ],
])('of %s are those that it has', (_where, installed, names) => {
  const found = componentChanges(before, next, installed)
  expect(found.map(({ name }) => name)).toEqual(names)
  expect(new Set(found.map(({ from, to }) => `${from} -> ${to}`))).toEqual(new Set(['1 -> 2']))
})

it('are none of the same release, and are told where they come or go', () => {
  expect(componentChanges(before, { ...next, lock: 'l1' } as BundleManifest, cloud)).toEqual([])
  const other = { lock: 'l2', versions: { ...versions('1'), other: '3' } } as unknown as BundleManifest
  const { 'site-app': _gone, ...rest } = other.versions
  expect(componentChanges(before, { ...other, versions: rest } as BundleManifest, cloud)).toEqual([
    { name: 'other', from: null, to: '3' },
    { name: 'site-app', from: '1', to: null },
  ])
})
