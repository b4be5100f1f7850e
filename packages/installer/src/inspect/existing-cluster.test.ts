import type { BundleManifest } from '@edgelift/bundle'
import { requirerOf } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleKubeconfig } from '../kube/kubeconfig.sample.ts'
import type { Facts } from '../node/facts.ts'
import { facts } from '../preflight/preflight.sample.ts'
import { CloudSettings } from '../settings/schema.ts'
import { NO_RELEASE, type Trial, trial } from '../testing/trial.ts'
import { existingCluster } from './existing-cluster.ts'

const KUBECONFIG = '/root/kubeconfig'
const KUBECTL = `/usr/bin/kubectl --kubeconfig ${KUBECONFIG}`
const CHART = requirerOf({ kind: 'chart', name: 'cloudcore', detail: 'Deployment' })
const ctrOf = (socket: string) => `/usr/bin/ctr -a ${socket}`
const DISTRIBUTION = '/run/containerd/containerd.sock'
const RKE2 = '/run/k3s/containerd/containerd.sock'

const manifest = {
  role: 'cloud',
  platform: 'linux/amd64',
  files: [],
  images: [{ reference: 'docker.io/cloudcore:1', file: 'images/a.tar', neededBy: [CHART] }],
  charts: [
    {
      release: 'cloudcore',
      namespace: 'kubeedge',
      path: 'helm-charts/cloudcore.tgz',
      certificate: { secret: 'cloudcoresecret' },
    },
  ],
} as unknown as BundleManifest

let on: Trial
beforeEach(async () => {
  on = await trial()
  for (const program of ['kubectl', 'ctr']) await on.put(`/usr/bin/${program}`, '', 0o755)
  await on.put(KUBECONFIG, sampleKubeconfig())
  on.script('/data/archive/bin/helm', NO_RELEASE)
  cluster({})
})
afterEach(() => on[Symbol.asyncDispose]())

interface Given {
  readonly runtime?: string
  /** What its kubelet reports. */
  readonly images?: readonly string[]
}
function cluster({ runtime = 'containerd://1.7.24', images = [] }: Given) {
  const status = {
    addresses: [{ type: 'InternalIP', address: '10.77.0.2' }],
    nodeInfo: { containerRuntimeVersion: runtime },
    images: [{ names: images }],
  }
  on.script(`${KUBECTL} get nodes`, JSON.stringify({ items: [{ metadata: { name: 'cp' }, status }] }))
}
const daemonSet = (name: string, spec: object, namespace = 'kube-system') => ({
  metadata: { name, namespace },
  spec: { template: { spec } },
})
const look = (changed: Partial<Facts> = {}) =>
  existingCluster({ host: on.host, directory: '/data/archive', manifest }, KUBECONFIG, {
    settings: CloudSettings.parse({}),
    facts: { ...facts, ...changed },
  })

describe('the containerd of its node', () => {
  const serves = (socket: string, version: string) => {
    on.script(`${ctrOf(socket)} version`, `Client:\n  Version: 9.9.9\nServer:\n  Version:  ${version}\n`)
    return on.put(socket)
  }

  it('is the one of the version that the kubelet reports, where several run', async () => {
    await serves(RKE2, 'v2.1.5')
    await serves(DISTRIBUTION, 'v1.7.24')
    expect((await look()).runtime?.socket).toBe(DISTRIBUTION)
    cluster({ runtime: 'containerd://2.1.5-k3s1' })
    expect((await look()).runtime?.socket).toBe(RKE2)
  })

  it('is not known where none is of that version, or the node has no containerd', async () => {
    await serves(DISTRIBUTION, 'v1.6.0')
    expect((await look()).runtime).toBeUndefined()
    cluster({ runtime: 'docker://1.6.0' })
    expect((await look()).runtime).toBeUndefined()
  })

  it('is not asked for on another machine', async () => {
    await serves(DISTRIBUTION, 'v1.7.24')
    expect((await look({ addresses: ['10.0.0.9'] })).runtime).toBeUndefined()
    expect(on.calls.filter((line) => line.startsWith('/usr/bin/ctr'))).toEqual([])
  })

  it('is silent, not absent, when the one that may be it does not respond', async () => {
    const refused = { code: 1, stderr: 'ctr: failed to dial: connection refused' }
    await serves(RKE2, 'v2.1.5')
    await serves(DISTRIBUTION, 'v1.7.24')
    on.script(`${ctrOf(DISTRIBUTION)} version`, refused)
    expect(await look()).toMatchObject({
      runtime: undefined,
      silent: { command: `${ctrOf(DISTRIBUTION)} version`, said: { en: refused.stderr } },
    })
    on.script(`${ctrOf(RKE2)} version`, refused)
    await serves(DISTRIBUTION, 'v1.7.24')
    expect(await look()).toMatchObject({ runtime: { socket: DISTRIBUTION }, silent: undefined })
  })

  it('has the images that its kubelet reports', async () => {
    expect((await look()).missing).toEqual(['docker.io/cloudcore:1'])
    cluster({ images: ['docker.io/cloudcore:1'] })
    expect((await look()).missing).toEqual([])
  })
})

it('is not called an empty cluster while its API does not respond', async () => {
  on.script(`${KUBECTL} get nodes`, { code: 1, stderr: 'connection refused' })
  expect(await look()).toMatchObject({ nodes: undefined, node: undefined, fault: undefined, daemonSets: [] })
})

it('is not asked with a kubeconfig that cannot be used', async () => {
  await on.put(KUBECONFIG, '')
  const before = on.calls.length
  expect(await look()).toMatchObject({ nodes: undefined, fault: { seen: { en: `${KUBECONFIG} is empty` } } })
  expect(on.calls.slice(before).filter((line) => line.includes('kubectl'))).toEqual([])
})

it('finds a CloudCore that edgelift did not install, by the label that its own bears', async () => {
  const helm = '/data/archive/bin/helm get metadata cloudcore'
  const release = (labels: object) =>
    on.script(helm, JSON.stringify({ status: 'deployed', deployedAt: '', version: '1', labels }))
  expect((await look()).otherCloudCore).toBe(false)
  release({})
  expect((await look()).otherCloudCore).toBe(true)
  release({ 'installed-by': 'edgelift' })
  expect((await look()).otherCloudCore).toBe(false)
})

it('names DaemonSets that would run on edges, and not those that were kept from there', async () => {
  const keptAway = {
    affinity: { nodeAffinity: { key: 'node-role.kubernetes.io/edge', operator: 'DoesNotExist' } },
  }
  const items = [
    daemonSet('kube-proxy', { nodeSelector: { 'kubernetes.io/os': 'linux' } }),
    daemonSet('agent', {}, 'monitoring'),
    daemonSet('cilium', keptAway),
    daemonSet('etcd-backup', { nodeSelector: { 'node-role.kubernetes.io/control-plane': 'true' } }),
    daemonSet('edgemesh-agent', {}, 'kubeedge'),
  ]
  on.script(`${KUBECTL} get daemonsets -A`, JSON.stringify({ items }))
  expect((await look()).daemonSets).toEqual(['kube-system/kube-proxy', 'monitoring/agent'])
})

it('does not take DaemonSets that the API does not list for none', async () => {
  on.script(`${KUBECTL} get daemonsets -A`, { code: 1, stderr: 'daemonsets.apps is forbidden' })
  expect((await look()).daemonSets).toBeUndefined()
})

it.each([
  ['containerd://1.7.24', '', 'unknown'],
  ['containerd://2.1.5-k3s1', '', 'k3s-changes'],
  ['containerd://2.1.5-k3s1', 'egress-selector-mode: disabled\n', 'k3s-changes'],
  [
    'containerd://2.1.5-k3s1',
    'egress-selector-mode: disabled\nkube-apiserver-arg: [kubelet-certificate-authority=]\n',
    'works',
  ],
])('tells whether logs of edges can be read: %s, %j: %s', async (runtime, config, expected) => {
  cluster({ runtime })
  await on.put('/etc/rancher/k3s/config.yaml', config)
  expect((await look()).logsToEdges).toBe(expected)
})
