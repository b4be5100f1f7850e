import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { writeDockerArchive } from '../images/recipe.ts'
import type { NodeExecOptions, TestNode } from '../nodes/types.ts'
import { kubernetesImage } from './images.ts'
import { parts } from './parts.ts'
import { waitFor } from './waiting.ts'

export { kubernetesImage } from './images.ts'
export { parts } from './parts.ts'
export { waitFor } from './waiting.ts'

/** What is asked of a node: any that runs systemd on amd64. */
export type Machine = Pick<TestNode, 'exec' | 'copyIn' | 'writeFile' | 'journal'>

export interface K3sByHand {
  readonly nodeName: string
  readonly nodeIp: string
  /** Fully qualified references with a recipe in `images.ts`, besides pause and CoreDNS. */
  readonly images?: readonly string[]
  /** Further lines of config.yaml. */
  readonly config?: readonly string[]
  /** True: K3s deploys metrics-server. Its image is among `images` then. */
  readonly metricsServer?: boolean
}

/** Where K3s looks for images, at its start and afterwards (upstream facts, 1.4). */
export const IMAGES_FOLDER = '/var/lib/rancher/k3s/agent/images'

const ALWAYS = [
  'docker.io/rancher/mirrored-pause:3.6',
  'docker.io/rancher/mirrored-coredns-coredns:1.13.1',
] as const

/**
 * Sets K3s up by hand, for tests of what is around it: program, images, configuration, unit. Returns when the node is
 * Ready and CoreDNS runs. Takes the real program in place of the double when `EDGELIFT_UPSTREAM_DIR` has `bin/k3s`.
 */
export async function installK3sDouble(node: Machine, wanted: K3sByHand): Promise<void> {
  await node.copyIn(await k3sProgram(), '/usr/local/bin/k3s')
  await putImages(node, [...ALWAYS, ...(wanted.images ?? [])])
  // Without a nameserver of global address K3s makes up 8.8.8.8, and CoreDNS asks it at its start: no air gap stays quiet.
  await node.writeFile(RESOLV_CONF, `nameserver ${wanted.nodeIp}\n`)
  await node.writeFile('/etc/rancher/k3s/config.yaml', configOf(wanted), 0o600)
  await node.writeFile('/etc/systemd/system/k3s.service', K3S_UNIT)
  await node.exec('chmod 755 /usr/local/bin/k3s && systemctl daemon-reload')
  const started = await node.exec('systemctl enable --now k3s', { timeout: 120_000, check: false })
  if (started.code !== 0) throw new Error(`k3s does not start:\n${await wordsOf(node)}`)
  await waitFor(
    `node ${wanted.nodeName} is Ready and CoreDNS runs`,
    async () => {
      const nodes = await kubectl(node, ['get', 'nodes', wanted.nodeName, '--no-headers'])
      const dns = await kubectl(node, ['-n', 'kube-system', 'get', 'deployment', 'coredns', '-o', AVAILABLE])
      return / Ready /.test(nodes) && dns === '1'
    },
    { timeout: 120_000, explain: () => wordsOf(node) },
  )
}

/** The program that a node test calls k3s: the real one if somebody has it, the double otherwise. */
export async function k3sProgram(): Promise<string> {
  const real = path.join(process.env.EDGELIFT_UPSTREAM_DIR ?? '', 'bin/k3s')
  if (process.env.EDGELIFT_UPSTREAM_DIR !== undefined && existsSync(real)) return real
  return (await parts(['k3s'])).k3s
}

/** Writes the images' archives and puts them into the folder that K3s imports. */
export async function putImages(node: Machine, references: readonly string[]): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'images-'))
  try {
    await node.exec(['mkdir', '-p', IMAGES_FOLDER])
    for (const reference of references) {
      const file = path.join(work, `${reference.replaceAll(/[/:]/g, '_')}.tar`)
      await writeDockerArchive(await kubernetesImage(reference), file)
      await node.copyIn(file, path.join(IMAGES_FOLDER, path.basename(file)))
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Runs `k3s kubectl` on the node and returns what it prints. */
export async function kubectl(
  node: Machine,
  args: readonly string[],
  options?: NodeExecOptions,
): Promise<string> {
  return (await node.exec(['k3s', 'kubectl', ...args], options)).stdout
}

const RESOLV_CONF = '/etc/rancher/k3s/resolv.conf'
const AVAILABLE = 'jsonpath={.status.availableReplicas}'

/** The configuration of the upstream facts, 8, without the components that a test has no use for. */
function configOf(wanted: K3sByHand): string {
  const lines = [
    `node-name: ${wanted.nodeName}`,
    `node-ip: ${wanted.nodeIp}`,
    `advertise-address: ${wanted.nodeIp}`,
    `disable: [traefik, servicelb, local-storage${wanted.metricsServer === true ? '' : ', metrics-server'}]`,
    'egress-selector-mode: disabled',
    'kube-apiserver-arg: ["kubelet-certificate-authority="]',
    'write-kubeconfig-mode: "0600"',
    `resolv-conf: ${RESOLV_CONF}`,
    ...(wanted.config ?? []),
  ]
  return `${lines.join('\n')}\n`
}

/** As install.sh of K3s writes it (upstream facts, 1.3). */
export const K3S_UNIT = `[Unit]
Description=Lightweight Kubernetes
After=network-online.target

[Service]
Type=notify
EnvironmentFile=-/etc/systemd/system/k3s.service.env
KillMode=process
Delegate=yes
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s server

[Install]
WantedBy=multi-user.target
`

/** The last words of K3s, without what its components say at every turn. */
async function wordsOf(node: Machine): Promise<string> {
  const lines = (await node.journal('k3s')).split('\n')
  return lines
    .filter((line) => !/: [IW]\d{4} /.test(line))
    .slice(-30)
    .join('\n')
}
