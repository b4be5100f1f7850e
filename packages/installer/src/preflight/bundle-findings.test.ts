import { describe, expect, it } from 'vitest'
import { allowsPlaceholders } from './bundle-findings.ts'
import { type Change, cloud, codes, edge, found } from './preflight.sample.ts'

const units = (state: string, ...names: string[]) =>
  ({ facts: { units: Object.fromEntries(names.map((name) => [name, state])) } }) as Change

describe('an existing installation', () => {
  it.each(['active', 'enabled'])('is in the way when it is %s', (state) => {
    for (const unit of ['k3s.service', 'k3s-agent.service', 'kubelet.service', 'edgecore.service'])
      for (const settings of [cloud, edge])
        expect(codes({ settings, ...units(state, unit) })).toEqual(['error ALREADY_PRESENT'])
  })

  it.each(['inactive', 'failed', 'disabled', 'absent'])('is not when it is %s', (state) => {
    const all = units(state, 'k3s.service', 'kubelet.service', 'edgecore.service', 'containerd.service')
    expect(codes(all)).toEqual([])
  })

  it.each([
    ['kubeadm has left its kubelet', edge, '/etc/kubernetes/kubelet.conf', ['error ALREADY_PRESENT']],
    ['a containerd runs without a unit', edge, '/run/containerd/containerd.sock', ['error ALREADY_PRESENT']],
    [
      'a containerd that is to be used',
      { ...edge, containerd: 'existing' as const },
      '/run/containerd/containerd.sock',
      [],
    ],
    ['K3s has a containerd of its own', cloud, '/run/containerd/containerd.sock', []],
  ])('is seen by its files: %s', (_what, settings, file, expected) => {
    expect(codes({ settings, facts: { files: { [file]: true } } })).toEqual(expected)
  })

  it('is named once, though it has left a certificate too', () => {
    const seen = { ...units('active', 'edgecore.service').facts, joined: true }
    expect(found({ facts: seen }).map(({ seen: { en } }) => en)).toEqual([
      'edgecore.service is installed already, but not by edgelift',
    ])
  })

  it.each([
    ['a K3s takes KubeEdge in', cloud, 'k3s.service', './install-kubeedge-only.sh'],
    ['a cluster of kubeadm takes KubeEdge in', cloud, 'kubelet.service', './install-kubeedge-only.sh'],
    ['an edge’s containerd can be used', edge, 'containerd.service', '--containerd existing'],
    ['Docker’s containerd can be used', edge, 'docker.service', '--containerd existing'],
  ])('need not always go: %s', (_what, settings, unit, way) => {
    const [finding] = found({ settings, ...units('active', unit) })
    expect([finding?.fix.en, finding?.fix.zh]).toEqual([
      expect.stringContaining(way),
      expect.stringContaining(way),
    ])
  })

  it.each([
    ['an edge cannot live on a K3s', 'k3s.service'],
    ['nor beside a kubelet', 'kubelet.service'],
  ])('has to go: %s', (_what, unit) => {
    expect(found(units('active', unit))[0]?.fix.en).not.toContain('kubeedge-only')
  })
})

it('a network of others that comes first by name takes all pods, also where another comes later', () => {
  const cni = (...names: string[]) => codes({ facts: { cni: names } })
  expect(cni('10-containerd-aaa.conflist', '99-last.conf')).toEqual(['error CNI_PRESENT'])
  expect(cni('10-containerd-net.conflist.bak', '99-last.conf')).toEqual(['warning CNI_PRESENT'])
  expect(codes({ settings: { ...edge, containerd: 'existing' }, facts: { cni: ['05-a.conflist'] } })).toEqual(
    [],
  )
  expect(codes({ settings: cloud, facts: { cni: ['05-a.conflist'] } })).toEqual([])
})

it('placeholders are counted, and the first five named', () => {
  const placeholders = ['a', 'b', 'c', 'd', 'e', 'f']
  expect(found({ manifest: { placeholders } })[0]?.seen.en).toBe('6 placeholders: a, b, c, d, e, …')
})

it.each([
  [{ EDGELIFT_ALLOW_PLACEHOLDERS: '1' }, true],
  [{ EDGELIFT_ALLOW_STAND_INS: '1' }, true],
  [{ EDGELIFT_ALLOW_PLACEHOLDERS: '0' }, false],
  [{}, false],
])('placeholders are let in by a variable alone: %j', (env, expected) => {
  expect(allowsPlaceholders(env)).toBe(expected)
})
