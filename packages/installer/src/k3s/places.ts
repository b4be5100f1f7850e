import type { Ctr } from '../containerd/ctr.ts'
import { K3S } from '../kube/access.ts'
import type { TreeInputs } from '../steps/files.ts'

export const K3S_DATA = '/var/lib/rancher/k3s'
/** K3s keeps the cluster in SQLite, by kine (K3s pkg/cluster, kine pkg/drivers/sqlite). */
export const DATASTORE = `${K3S_DATA}/server/db/state.db`
/** Volumes that K3s' local-path provisioner created for applications: the operator's data, which an uninstall leaves. */
export const VOLUMES = 'storage'
export const K3S_SOCKET = '/run/k3s/containerd/containerd.sock'
/** ctr for the containerd of K3s. */
export const K3S_CTR: Ctr = [K3S, 'ctr', '-n', 'k8s.io']

/** Folders that K3s and the pods of this stack fill. */
export const K3S_TREES: readonly TreeInputs[] = [
  { path: '/etc/rancher/k3s' },
  { path: '/etc/rancher/node' },
  { path: K3S_DATA, keep: [VOLUMES] },
  ...[
    '/var/lib/kubelet',
    '/var/lib/cni',
    '/var/lib/kubeedge',
    '/var/log/pods',
    '/var/log/containers',
    '/run/k3s',
    '/run/flannel',
    '/run/containerd/runc/k8s.io',
  ].map((path) => ({ path })),
]
/** Folders that the shims of any containerd, and containerd itself, have their sockets in. */
export const SOCKET_FOLDERS = ['/run/containerd/s', '/run/nri'] as const
/** Folders that K3s creates and others use as well. */
export const K3S_FOLDERS = [
  '/run/netns',
  '/run/containerd/runc',
  ...SOCKET_FOLDERS,
  '/usr/libexec/kubernetes/kubelet-plugins/volume/exec',
] as const
