import type { BundleManifest } from '@edgelift/bundle'
import type { ExistingContainerd } from '../containerd/existing.ts'
import type { EdgeRuntime } from '../containerd/runtime.ts'
import type { ExistingCluster } from '../inspect/existing-cluster.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { facts, reachable, token } from '../preflight/preflight.sample.ts'

const file = (path: string) => ({ path, size: 3, integrity: `sha256-${'A'.repeat(43)}=` })
const image = (name: string, ...neededBy: object[]) => ({
  reference: `docker.io/${name}:1`,
  digest: `sha256:of-${name}`,
  file: `images/${name.replace('/', '-')}.tar`,
  neededBy,
})
const chart = (name: string, order: number, option?: string) => ({
  name,
  order,
  release: name,
  namespace: 'kubeedge',
  path: `charts/${name}.tgz`,
  values: {},
  variants: [],
  ...(option === undefined ? {} : { when: { option } }),
})

/** The archives of a small release, one of each role. */
export const bundles = {
  cloud: {
    directory: '/data/cloud',
    manifest: {
      name: 'kubeedge-cloud-1.22.0-amd64',
      role: 'cloud',
      platform: 'linux/amd64',
      settings: { sandboxImage: 'pause:3.6', k3sDisable: ['traefik'], testImage: 'busybox:1' },
      files: [
        file('bin/helm'),
        file('installer.mjs'),
        { ...file('runtime/node'), mode: '0755' },
        { ...file('runtime/ld-linux-x86-64.so.2'), mode: '0755' },
        file('runtime/notices/node.txt'),
        file('images/kubeedge-cloudcore.tar'),
        file('images/kubeedge-edgemesh-agent.tar'),
      ],
      images: [image('kubeedge/cloudcore'), image('kubeedge/edgemesh-agent')],
      charts: [
        chart('edgemesh-gateway', 30, 'gateway'),
        chart('edgemesh', 20, 'edgemesh'),
        { ...chart('cloudcore', 10), ready: [{ resource: 'secret', name: 'tokensecret' }] },
      ],
      options: [{ name: 'edgemesh' }, { name: 'gateway' }, { name: 'mosquitto' }],
    } as unknown as BundleManifest,
  },
  edge: {
    directory: '/data/edge',
    manifest: {
      name: 'kubeedge-edge-1.22.0-amd64',
      role: 'edge',
      platform: 'linux/amd64',
      settings: { sandboxImage: 'pause:3.6', k3sDisable: [], testImage: 'busybox:1' },
      files: [],
      images: [image('kubeedge/edgemesh-agent'), image('rancher/pause')],
      charts: [],
      options: [{ name: 'mosquitto' }],
    } as unknown as BundleManifest,
  },
}

const bundledRuntime: EdgeRuntime = {
  kind: 'bundled',
  ctr: ['/usr/local/bin/ctr', '-n', 'k8s.io'],
  socket: '/run/containerd/containerd.sock',
  honoursPins: true,
  found: undefined,
}

/** What is found on a new machine. */
export const inspection: Inspection = {
  facts,
  receipt: undefined,
  before: undefined,
  peers: undefined,
  found: undefined,
  joined: false,
  token: token(),
  runtime: bundledRuntime,
  cni: undefined,
  cluster: undefined,
  cloud: reachable,
  addressToCloud: '10.77.0.2',
  psk: { state: 'made' },
  openFiles: [],
  openPsk: undefined,
  strangeVariables: [],
}

const effective = {
  socket: '/run/containerd/containerd.sock',
  criEnabled: true,
  sandboxImage: 'pause:3.6',
  runtimeName: 'runc',
  runtimeType: 'io.containerd.runc.v2',
  systemdCgroup: true,
  runtimeProgram: '',
  cniPrograms: ['/usr/lib/cni'],
  cniConfigs: '/etc/cni/net.d',
}

/** Debian's containerd 1.6, whose configuration is right already or has to be changed. */
export function existingRuntime(plan: 'right' | 'change'): EdgeRuntime {
  const edits = [{ path: ['plugins', 'io.containerd.grpc.v1.cri', 'sandbox_image'], literal: '"pause:3.6"' }]
  const found: ExistingContainerd = {
    program: '/usr/bin/containerd',
    version: [1, 6, 20],
    configFile: '/etc/containerd/config.toml',
    plan:
      plan === 'right'
        ? { kind: 'right', effective }
        : { kind: 'change', text: 'auth = "secret of the registry"', edits, changes: [], effective },
    effective,
    ctr: ['/usr/bin/ctr', '-a', effective.socket, '-n', 'k8s.io'],
    runc: '/usr/sbin/runc',
  }
  return { kind: 'existing', ctr: found.ctr, socket: effective.socket, honoursPins: false, found }
}

/** A K3s that somebody else installed, on this machine. */
export const existingCluster: ExistingCluster = {
  cluster: {
    host: { root: '/', env: {}, now: () => 0, exec: () => Promise.reject(new Error('nothing is run here')) },
    kubectl: ['/usr/local/bin/kubectl'],
    kubeconfig: '/etc/rancher/k3s/k3s.yaml',
  },
  fault: undefined,
  nodes: [],
  node: {
    name: 'plant-server',
    hostname: 'plant-server',
    addresses: [],
    internalIp: '10.77.0.1',
    isEdge: false,
    ready: true,
    runtime: 'containerd://2.1.5-k3s1',
    kubelet: 'v1.34.2',
    machineId: '',
    images: new Set(),
  },
  runtime: {
    ctr: ['/usr/local/bin/k3s', 'ctr', '-a', '/run/k3s/containerd/containerd.sock', '-n', 'k8s.io'],
    socket: '/run/k3s/containerd/containerd.sock',
  },
  silent: undefined,
  images: bundles.cloud.manifest.images,
  missing: [],
  otherCloudCore: false,
  daemonSets: [],
  logsToEdges: 'works',
}
