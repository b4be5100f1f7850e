import type { K3sComponentName } from '@edgelift/bundle'
import { coerce, satisfies } from 'semver'

/**
 * What upstream's programs ask for by themselves, compiled in and written in no file of a release. Each fact names
 * the source that it was read from.
 */

/** containerd, internal/cri/config/config.go (`DefaultSandboxImage`) of the tags v1.7.29, v2.0.7, v2.1.5, v2.2.0. */
const CONTAINERD_SANDBOX: readonly { readonly range: string; readonly image: string }[] = [
  { range: '>=2.2.0 <2.3.0', image: 'registry.k8s.io/pause:3.10.1' },
  { range: '>=2.0.0 <2.2.0', image: 'registry.k8s.io/pause:3.10' },
  { range: '>=1.7.0 <2.0.0', image: 'registry.k8s.io/pause:3.8' },
]

/** K3s, pkg/cli/cmds/agent.go (`--pause-image`), release-1.34. */
export const K3S_SANDBOX = 'docker.io/rancher/mirrored-pause:3.6'

/** KubeEdge, edgecore v1alpha2 defaults (`podSandboxImage`), v1.22.0. */
export const EDGECORE_SANDBOX = 'docker.io/kubeedge/pause:3.6'

/** The sandbox image that this containerd uses when its configuration names none; undefined when it is not known. */
export function containerdSandbox(version: string): string | undefined {
  return CONTAINERD_SANDBOX.find(({ range }) => inRange(version, range))?.image
}

/**
 * What K3s runs by itself, and what `--disable` of each component (pkg/cli/cmds/stage.go) takes away; an image that
 * several components use is needed until all of them are disabled. Images: scripts/airgap/image-list.txt and the
 * manifests that the binary carries, v1.34.2+k3s1.
 */
export const K3S_COMPONENTS: Readonly<Record<K3sComponentName, readonly string[]>> = {
  coredns: ['docker.io/rancher/mirrored-coredns-coredns'],
  servicelb: ['docker.io/rancher/klipper-lb'],
  traefik: ['docker.io/rancher/mirrored-library-traefik', 'docker.io/rancher/klipper-helm'],
  'local-storage': ['docker.io/rancher/local-path-provisioner', 'docker.io/rancher/mirrored-library-busybox'],
  'metrics-server': ['docker.io/rancher/mirrored-metrics-server'],
  runtimes: [],
}

/** The kubelet inside of edgecore: go.mod of kubeedge/kubeedge, by minor version. */
export const EDGE_KUBELET: Readonly<Record<string, string>> = {
  '1.22': '1.31',
}

/** The Kubernetes versions of the compatibility matrix in KubeEdge's README, by minor version. */
export const KUBEEDGE_TESTED: Readonly<Record<string, string>> = {
  '1.23': '>=1.29 <1.33',
  '1.22': '>=1.29 <1.32',
}

/** The containerd that a kubelet needs: RELEASES.md of containerd v2.1.5, by Kubernetes minor version. */
export const KUBELET_CONTAINERD: Readonly<Record<string, string>> = {
  '1.34': '>=2.1.3 || >=2.0.6 <2.1.0 || >=1.7.28 <2.0.0',
  '1.31': '>=2.0.0 || >=1.7.20 <2.0.0',
}

/** Whether a version (`v1.34.2+k3s1`, `2.1.5`) lies in a semver range; undefined when it is not a version. */
export function inRange(version: string, range: string): boolean | undefined {
  const plain = coerce(version)
  return plain === null ? undefined : satisfies(plain, range)
}

/** `1.34` of `v1.34.2+k3s1`; undefined when it is not a version. */
export function minorOf(version: string): string | undefined {
  const plain = coerce(version)
  return plain === null ? undefined : `${plain.major}.${plain.minor}`
}
