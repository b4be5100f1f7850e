/** What this upstream has published: the versions of manifests/kubeedge-1.22.0.yaml, written down independently. */
export const VERSIONS = {
  kubeedge: '1.22.0',
  edgemesh: '1.17.0',
  k3s: '1.34.2+k3s1',
  containerd: '2.1.5',
  runc: '1.3.3',
  cni: '1.8.0',
  helm: '4.1.4',
  node: '24.21.0',
} as const

/**
 * The patch releases after those, of manifests/kubeedge-1.22.2.yaml. The rest has not changed; nor has the chart in
 * KubeEdge's source, which still names the images of 1.22.0 (manifests/charts/cloudcore/values.yaml at v1.22.2).
 */
export const NEXT_VERSIONS = { kubeedge: '1.22.2', k3s: '1.34.3+k3s1' } as const

/** Every release of KubeEdge and K3s that is published here. */
export const RELEASES: readonly { readonly kubeedge: string; readonly k3s: string }[] = [
  VERSIONS,
  NEXT_VERSIONS,
]

/** The platforms that everything is published for here. */
export const PUBLISHED = ['linux/amd64', 'linux/arm64'] as const
export type PublishedPlatform = (typeof PUBLISHED)[number]

/** `k3s-images.txt` of K3s 1.34.2+k3s1 (scripts/airgap/image-list.txt); served for the next one too, whose own is not at hand. */
export const K3S_IMAGES = [
  'docker.io/rancher/klipper-helm:v0.9.10-build20251111',
  'docker.io/rancher/klipper-lb:v0.4.13',
  'docker.io/rancher/local-path-provisioner:v0.0.32',
  'docker.io/rancher/mirrored-coredns-coredns:1.13.1',
  'docker.io/rancher/mirrored-library-busybox:1.36.1',
  'docker.io/rancher/mirrored-library-traefik:3.5.1',
  'docker.io/rancher/mirrored-metrics-server:v0.8.0',
  'docker.io/rancher/mirrored-pause:3.6',
] as const

const KUBEEDGE_IMAGES = [
  'cloudcore',
  'admission',
  'iptables-manager',
  'iptables-manager-nft',
  'controller-manager',
  'installation-package',
] as const

/** Images of KubeEdge and EdgeMesh (release.yml of both), and Docker's own that their charts name. */
export const EDGE_IMAGES: readonly string[] = [
  ...RELEASES.flatMap((release) =>
    KUBEEDGE_IMAGES.map((name) => `docker.io/kubeedge/${name}:v${release.kubeedge}`),
  ),
  `docker.io/kubeedge/edgemesh-agent:v${VERSIONS.edgemesh}`,
  `docker.io/kubeedge/edgemesh-gateway:v${VERSIONS.edgemesh}`,
  'docker.io/kubeedge/pause:3.6',
  'docker.io/library/eclipse-mosquitto:1.6.15',
]

/** Tags of the years before, which registries keep: what the deployment guide still names. */
export const OLDER_IMAGES = [
  'docker.io/library/eclipse-mosquitto:2.0',
  'docker.io/rancher/klipper-helm:v0.9.2-build20241105',
  'docker.io/rancher/klipper-lb:v0.4.9',
  'docker.io/rancher/local-path-provisioner:v0.0.30',
  'docker.io/rancher/mirrored-coredns-coredns:1.11.3',
  'docker.io/rancher/mirrored-library-traefik:2.11.2',
  'docker.io/rancher/mirrored-metrics-server:v0.7.2',
] as const

export const NODE_IMAGE = `docker.io/library/node:${VERSIONS.node}-bookworm-slim`
