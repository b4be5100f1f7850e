import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { openHostChanges } from './host-changes.ts'
import { markers } from './markers.ts'
import { readReceipt } from './read-receipt.ts'
import type { Receipt } from './receipt.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

/** As edgelift 0.1 at commit 248f535 wrote it. */
const CLOUD = {
  format: 'edgelift/receipt/v1',
  bundle: 'kubeedge-cloud-1.22.0-k3s-1.34.2+k3s1-amd64',
  role: 'cloud',
  lock: 'sha256-x',
  edgelift: '0.1.0',
  directory: '/data/cloud',
  answers: { role: 'cloud', edgemesh: true, k3s: {}, options: [], nodeIp: '10.77.0.1' },
  claims: [
    { path: '/usr/local/bin/k3s' },
    { path: '/usr/local/bin/keadm', backup: '/var/lib/edgelift/backup/001-keadm' },
  ],
  folders: ['/etc/rancher', '/run/netns'],
  trees: [{ path: '/var/lib/rancher/k3s' }, { path: '/var/log/pods', before: ['theirs'] }],
  before: {
    settings: { 'net.ipv4.ip_forward': '0' },
    chains: ['THEIRS'],
    links: ['lo', 'eth0'],
    namespaces: [],
    containers: [],
  },
  completed: '2026-11-01T00:00:00.000Z',
}
const EDGE = {
  ...CLOUD,
  role: 'edge',
  bundle: 'kubeedge-edge-1.22.0-amd64',
  answers: {
    role: 'edge',
    cloud: { host: '10.77.0.1', hubPort: 10000 },
    nodeName: 'e1',
    containerd: 'bundled',
  },
  claims: [{ path: '/usr/local/bin/edgecore' }, { path: '/etc/kubeedge/config/edgecore.yaml' }],
  trees: [{ path: '/etc/kubeedge' }, { path: '/var/lib/containerd' }],
}

async function migrated(old: object, ...marked: string[]): Promise<Receipt> {
  await on.put('/var/lib/edgelift/receipt.json', JSON.stringify(old))
  for (const name of marked) await on.put(`/var/lib/edgelift/marks/${encodeURIComponent(name)}`)
  return (await readReceipt(on.host)) as Receipt
}
const changesOf = ({ steps }: Receipt) =>
  Object.fromEntries(
    steps.map(({ stepId, changes }) => [stepId, changes.map((one) => Object.values(one).join(' '))]),
  )

describe('a receipt of the first format', () => {
  it('of a cloud tells what was changed, in an order that can be replayed backwards', async () => {
    const receipt = await migrated(CLOUD, 'crd/devices.kubeedge.io', 'namespace/kubeedge', 'label/kubernetes')
    expect(receipt).toMatchObject({
      format: 'edgelift/receipt/v2',
      settings: CLOUD.answers,
      baseline: { kernel: { 'net.ipv4.ip_forward': '0' }, chains: ['THEIRS'], mounts: [] },
      completed: CLOUD.completed,
    })
    expect(receipt.steps[0]?.changes).toEqual([
      { kind: 'folder', path: '/etc/rancher' },
      { kind: 'folder', path: '/run/netns' },
      { kind: 'tree', path: '/var/lib/rancher/k3s', keep: ['storage'] },
      { kind: 'tree', path: '/var/log/pods', held: [{ path: '/var/log/pods', names: ['theirs'] }] },
      { kind: 'file', path: '/usr/local/bin/k3s' },
      { kind: 'file', path: '/usr/local/bin/keadm', backup: '/var/lib/edgelift/backup/001-keadm' },
    ])
    expect(receipt.steps.map(({ stepId }) => stepId)).toEqual(['k3s', 'k3s-start', 'charts'])
    expect(changesOf(receipt).charts).toEqual([
      'object namespace kubeedge',
      'object crd devices.kubeedge.io',
      expect.stringContaining('label service default kubernetes'),
    ])
  })

  it('of an edge stops its services before it empties their folders', async () => {
    const receipt = await migrated(EDGE)
    expect(receipt.node).toEqual({ name: 'e1', cloud: '10.77.0.1' })
    expect(changesOf(receipt)).toMatchObject({
      'containerd-start': [
        'pods /run/containerd/containerd.sock',
        'unit containerd.service /usr/local/bin/containerd',
      ],
      join: ['unit edgecore.service /usr/local/bin/edgecore'],
    })
  })

  it('of an edge on an existing containerd knows its configuration and images by the markers', async () => {
    const receipt = await migrated(
      {
        ...EDGE,
        answers: { ...EDGE.answers, containerd: 'existing' },
        claims: [...EDGE.claims, { path: '/etc/containerd/config.toml', backup: '/b' }],
      },
      'written/etc/containerd/config.toml',
      'started/containerd.service',
      'image/docker.io/a:1',
      'pinned/docker.io/a:1',
      'pinned/docker.io/b:1',
    )
    expect(changesOf(receipt)).toMatchObject({
      'containerd-config': ['restart containerd.service', 'file /etc/containerd/config.toml /b'],
      'containerd-start': ['started containerd.service'],
      images: ['image docker.io/a:1 absent', 'image docker.io/b:1 unpinned'],
      join: ['pods containerd-net', 'unit edgecore.service /usr/local/bin/edgecore'],
    })
  })

  it('of KubeEdge on an existing cluster takes every release that edgelift installed', async () => {
    const only = { kubeEdgeOnly: { kubeconfig: '/k' }, claims: [], folders: [], trees: [] }
    const receipt = await migrated({ ...CLOUD, ...only }, 'image/docker.io/a:1', 'namespace/kubeedge')
    expect(changesOf(receipt)).toEqual({
      images: ['image docker.io/a:1 absent'],
      charts: ['object namespace kubeedge', 'all-releases'],
    })
  })

  it('is written in the new format by the next run, which clears its markers', async () => {
    const receipt = await migrated(EDGE, 'image/docker.io/a:1', 'restart/edgecore.service')
    await openHostChanges(on.host, receipt)
    expect(await markers(on.host)).toEqual(['restart/edgecore.service'])
    expect(await readReceipt(on.host)).toEqual(receipt)
  })
})
