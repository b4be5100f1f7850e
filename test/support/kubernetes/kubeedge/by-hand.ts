import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { type ImageRecipe, writeDockerArchive } from '../../images/recipe.ts'
import { releaseCharts } from '../../upstream/charts.ts'
import { fullReference } from '../../upstream/docker-archives.ts'
import { CLOUDCORE_FOLDER } from '../../upstream/upstream-charts.ts'
import { kubernetesImage } from '../images.ts'
import { IMAGES_FOLDER, kubectl, type Machine, parts, waitFor } from '../index.ts'
import { kubeEdgeImages } from './index.ts'

const KUBECONFIG = '/etc/rancher/k3s/k3s.yaml'
const CHARTS = '/root/charts'

/** What CloudCore and EdgeMesh on a cloud node ask for with the values below. */
const CLOUD_IMAGES = [
  'docker.io/kubeedge/cloudcore:v1.22.0',
  'docker.io/kubeedge/iptables-manager-nft:v1.22.0',
  'docker.io/kubeedge/edgemesh-agent:v1.17.0',
]

/**
 * Installs CloudCore and EdgeMesh on a node where K3s runs, with the release's charts and the real helm, and returns a
 * join token. The programs in the pods are the doubles, or what `EDGELIFT_UPSTREAM_DIR` has.
 */
export async function installKubeEdge(
  cloud: Machine,
  wanted: { readonly nodeName: string; readonly nodeIp: string },
): Promise<string> {
  await copyImages(cloud, CLOUD_IMAGES, IMAGES_FOLDER)
  await waitFor('the images of KubeEdge are imported', async () => {
    const names = (await cloud.exec('k3s ctr images ls -q')).stdout.split('\n')
    return CLOUD_IMAGES.every((reference) => names.includes(reference))
  })
  await copyCharts(cloud)
  await cloud.copyIn((await parts(['helm'])).helm, '/usr/local/bin/helm')
  await kubectl(cloud, ['label', 'service', 'kubernetes', 'service.edgemesh.kubeedge.io/service-proxy-name='])
  await cloud.writeFile('/root/cloudcore-values.yaml', cloudCoreValues(wanted.nodeIp))
  await helm(cloud, 'cloudcore', '--create-namespace')
  const token = await waitFor('tokensecret is there', async () =>
    kubectl(cloud, [
      '-n',
      'kubeedge',
      'get',
      'secret',
      'tokensecret',
      '-o',
      'go-template={{.data.tokendata|base64decode}}',
    ]),
  )
  await cloud.writeFile('/root/edgemesh-values.yaml', edgeMeshValues(wanted), 0o600)
  await helm(cloud, 'edgemesh')
  return token
}

/**
 * Joins an edge node by hand: containerd, runc, CNI plugins, images, edgecore with its configuration and unit. Returns
 * when edgecore has been started; whether it joins is for the caller to see.
 */
export async function joinEdge(
  edge: Machine,
  wanted: {
    readonly cloudIp: string
    readonly token: string
    readonly nodeName: string
    readonly nodeIp: string
    readonly images?: readonly string[]
  },
): Promise<void> {
  await installRuntime(edge)
  await importImages(edge, [
    'docker.io/kubeedge/pause:3.6',
    'docker.io/kubeedge/edgemesh-agent:v1.17.0',
    ...(wanted.images ?? []),
  ])
  await edge.copyIn(await edgecoreProgram(), '/usr/local/bin/edgecore')
  await edge.writeFile('/etc/kubeedge/config/edgecore.yaml', edgecoreConfig(wanted), 0o600)
  await edge.writeFile('/etc/systemd/system/edgecore.service', EDGECORE_UNIT)
  await edge.exec(
    'chmod 755 /usr/local/bin/edgecore && systemctl daemon-reload && systemctl enable --now edgecore',
  )
}

/** containerd 2.1.5 with its sandbox image, runc, and a CNI configuration (upstream facts, 5 and 8). */
async function installRuntime(edge: Machine): Promise<void> {
  const programs = await parts([
    'containerd',
    'containerd-shim-runc-v2',
    'ctr',
    'runc',
    'bridge',
    'host-local',
    'loopback',
    'portmap',
    'firewall',
  ])
  for (const [name, program] of Object.entries(programs)) {
    const folder = /containerd|ctr/.test(name)
      ? '/usr/local/bin'
      : name === 'runc'
        ? '/usr/local/sbin'
        : '/opt/cni/bin'
    await edge.copyIn(program, `${folder}/${name}`)
  }
  await edge.exec('chmod -R 755 /opt/cni/bin /usr/local/bin /usr/local/sbin')
  await edge.writeFile('/etc/containerd/config.toml', CONTAINERD_CONFIG)
  await edge.writeFile('/etc/cni/net.d/10-containerd-net.conflist', CNI_CONFIG)
  await edge.writeFile('/etc/systemd/system/containerd.service', CONTAINERD_UNIT)
  await edge.exec(
    'echo 1 > /proc/sys/net/ipv4/ip_forward; systemctl daemon-reload && systemctl enable --now containerd',
  )
}

/** Imports images from files into containerd's namespace for Kubernetes, and pins them. */
async function importImages(edge: Machine, references: readonly string[]): Promise<void> {
  await copyImages(edge, references, '/root/images')
  await edge.exec(
    'for f in /root/images/*.tar; do ctr -n k8s.io images import --label io.cri-containerd.pinned=pinned "$f"; done',
  )
}

async function copyImages(node: Machine, references: readonly string[], folder: string): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'images-'))
  const doubles = await kubeEdgeImages()
  try {
    await node.exec(['mkdir', '-p', folder])
    for (const reference of references) {
      const name = `${reference.replaceAll(/[/:]/g, '_')}.tar`
      const recipe =
        doubles.find((image) => image.reference === reference) ?? (await kubernetesImage(reference))
      const archive = (await realArchive(reference)) ?? (await writtenArchive(recipe, path.join(work, name)))
      await node.copyIn(archive, path.join(folder, name))
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function writtenArchive(recipe: ImageRecipe, file: string): Promise<string> {
  await writeDockerArchive(recipe, file)
  return file
}

/** The archive in `EDGELIFT_UPSTREAM_DIR/images` whose RepoTags name the image. */
async function realArchive(reference: string): Promise<string | undefined> {
  const folder = path.join(process.env.EDGELIFT_UPSTREAM_DIR ?? '', 'images')
  if (process.env.EDGELIFT_UPSTREAM_DIR === undefined || !existsSync(folder)) return undefined
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tar')) continue
    const manifest = await exec('tar', ['-xOf', path.join(folder, name), 'manifest.json'])
    const tags = [...manifest.stdout.matchAll(/"RepoTags":\s*\[([^\]]*)\]/g)].map(([, list]) => list ?? '')
    const references = tags.flatMap((list) => list.split(',')).map((tag) => tag.trim().replaceAll('"', ''))
    if (references.map(fullReference).includes(reference)) return path.join(folder, name)
  }
  return undefined
}

async function edgecoreProgram(): Promise<string> {
  const real = path.join(process.env.EDGELIFT_UPSTREAM_DIR ?? '', 'bin/edgecore')
  if (process.env.EDGELIFT_UPSTREAM_DIR !== undefined && existsSync(real)) return real
  return (await parts(['edgecore'])).edgecore
}

/** Lays the release's charts down as folders `cloudcore` and `edgemesh`. */
async function copyCharts(cloud: Machine): Promise<void> {
  const { source, edgemesh } = await releaseCharts()
  const work = await mkdtemp(path.join(tmpdir(), 'charts-'))
  try {
    for (const tarball of [source, edgemesh]) {
      const file = 'file' in tarball ? tarball.file : path.join(work, 'chart.tar.gz')
      if ('bytes' in tarball) await writeFile(file, tarball.bytes)
      await mustExec(exec, 'tar', ['-xzf', file, '-C', work])
    }
    await cloud.copyIn(path.join(work, CLOUDCORE_FOLDER), `${CHARTS}/cloudcore`)
    await cloud.copyIn(path.join(work, 'edgemesh'), `${CHARTS}/edgemesh`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Installs or upgrades a chart that `installKubeEdge` laid down, with the values from then. */
export async function helm(
  cloud: Machine,
  name: 'cloudcore' | 'edgemesh',
  ...more: readonly string[]
): Promise<void> {
  await cloud.exec(
    [
      'helm',
      'upgrade',
      '--install',
      name,
      `${CHARTS}/${name}`,
      '--namespace=kubeedge',
      `--values=/root/${name}-values.yaml`,
      '--wait',
      '--timeout=90s',
      ...more,
    ],
    { env: { KUBECONFIG }, timeout: 120_000 },
  )
}

function cloudCoreValues(address: string): string {
  return `cloudCore:
  modules:
    cloudHub: {advertiseAddress: [${address}]}
    dynamicController: {enable: true}
  strategy: {type: Recreate}
iptablesManager: {framework: nft}
mosquitto: {enable: false}
`
}

function edgeMeshValues(wanted: { readonly nodeName: string; readonly nodeIp: string }): string {
  return `agent:
  psk: of-this-test-only
  tolerations: [{operator: Exists}]
  resources: {requests: {cpu: 0.05}}
  relayNodes: [{nodeName: ${wanted.nodeName}, advertiseAddress: [${wanted.nodeIp}]}]
`
}

/** The smallest file with which everything works (upstream facts, 2.6). */
function edgecoreConfig(wanted: {
  readonly cloudIp: string
  readonly token: string
  readonly nodeName: string
  readonly nodeIp: string
}): string {
  return `apiVersion: edgecore.config.kubeedge.io/v1alpha2
kind: EdgeCore
modules:
  edgeHub:
    enable: true
    httpServer: https://${wanted.cloudIp}:10002
    token: "${wanted.token}"
    websocket: {enable: true, server: "${wanted.cloudIp}:10000"}
  edged:
    hostnameOverride: ${wanted.nodeName}
    nodeIP: ${wanted.nodeIp}
    tailoredKubeletConfig:
      cgroupDriver: systemd
      containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
      imageServiceEndpoint: unix:///run/containerd/containerd.sock
      clusterDNS: [169.254.96.16]
  metaManager: {enable: true, metaServer: {enable: true, server: "127.0.0.1:10550"}}
  edgeStream: {enable: true, server: "${wanted.cloudIp}:10004"}
  eventBus: {enable: false}
`
}

const CONTAINERD_CONFIG = `version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'docker.io/kubeedge/pause:3.6'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`

const CNI_CONFIG = JSON.stringify({
  cniVersion: '1.0.0',
  name: 'containerd-net',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      promiscMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.88.0.0/16' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})

const CONTAINERD_UNIT = `[Unit]
Description=containerd container runtime
After=local-fs.target

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitCORE=infinity
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`

const EDGECORE_UNIT = `[Unit]
Description=edgecore.service
Requires=containerd.service
After=containerd.service

[Service]
Type=simple
ExecStart=/usr/local/bin/edgecore
Restart=always
RestartSec=10
KillMode=process

[Install]
WantedBy=multi-user.target
`
