import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Exec, type ExecOptions, lastLines } from '@edgelift/core'
import { writeDockerArchive } from '../images/recipe.ts'
import { kubernetesImage } from './images.ts'
import { parts } from './parts.ts'
import { waitFor } from './waiting.ts'

export { kubernetesImage, kubernetesImages } from './images.ts'
export { type PartName, parts, testCache } from './parts.ts'
export { waitFor } from './waiting.ts'

/** What is asked of a node: programs run in it, and files put into it. */
export interface Machine {
  readonly exec: Exec
  copyIn(source: string, target: string): Promise<void>
}

export interface K3sByHand {
  readonly nodeName: string
  readonly nodeIp: string
  /** Fully qualified references with a recipe in `images.ts`, besides pause and CoreDNS. */
  readonly images?: readonly string[]
  /** Further lines of config.yaml. */
  readonly config?: readonly string[]
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
  await writeIn(node, '/etc/rancher/k3s/config.yaml', configOf(wanted))
  await writeIn(node, '/etc/systemd/system/k3s.service', UNIT)
  await must(node, 'chmod', ['755', '/usr/local/bin/k3s'])
  await must(node, 'systemctl', ['daemon-reload'])
  const started = await node.exec('systemctl', ['enable', '--now', 'k3s'], { timeout: 120_000 })
  if (started.code !== 0) throw new Error(`k3s does not start:\n${await journalOf(node)}`)
  const options = { timeout: 120_000, explain: () => journalOf(node) }
  await waitFor(
    `node ${wanted.nodeName} is Ready and CoreDNS runs`,
    async () => {
      const nodes = await node.exec('k3s', ['kubectl', 'get', 'nodes', wanted.nodeName, '--no-headers'])
      const dns = await node.exec('k3s', [
        'kubectl',
        '-n',
        'kube-system',
        'get',
        'deployment',
        'coredns',
        '-o',
        AVAILABLE,
      ])
      return / Ready /.test(nodes.stdout) && dns.stdout === '1'
    },
    options,
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
    await must(node, 'mkdir', ['-p', IMAGES_FOLDER])
    for (const reference of references) {
      const file = path.join(work, `${reference.replaceAll(/[/:]/g, '_')}.tar`)
      await writeDockerArchive(await kubernetesImage(reference), file)
      await node.copyIn(file, path.join(IMAGES_FOLDER, path.basename(file)))
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Runs `k3s kubectl` on the node; returns what it prints, and throws what it complains about. */
export function kubectl(node: Machine, args: readonly string[], options?: ExecOptions): Promise<string> {
  return must(node, 'k3s', ['kubectl', ...args], options)
}

const AVAILABLE = 'jsonpath={.status.availableReplicas}'

/** The configuration of the upstream facts, 8; what has no real program here is left out. */
function configOf(wanted: K3sByHand): string {
  const lines = [
    `node-name: ${wanted.nodeName}`,
    `node-ip: ${wanted.nodeIp}`,
    `advertise-address: ${wanted.nodeIp}`,
    'disable: [traefik, servicelb, local-storage, metrics-server]',
    'egress-selector-mode: disabled',
    'kube-apiserver-arg: ["kubelet-certificate-authority="]',
    'write-kubeconfig-mode: "0600"',
    ...(wanted.config ?? []),
  ]
  return `${lines.join('\n')}\n`
}

/** As install.sh of K3s makes it (upstream facts, 1.3). */
const UNIT = `[Unit]
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

async function writeIn(node: Machine, file: string, content: string): Promise<void> {
  await must(node, 'sh', ['-c', 'mkdir -p "$(dirname "$0")" && cat > "$0"', file], { input: content })
}

async function must(
  node: Machine,
  command: string,
  args: readonly string[],
  options?: ExecOptions,
): Promise<string> {
  const result = await node.exec(command, args, options)
  if (result.code === 0) return result.stdout
  throw new Error(
    `${command} ${args.join(' ')}: code ${result.code}\n${lastLines(result.stderr || result.stdout, 12)}`,
  )
}

async function journalOf(node: Machine): Promise<string> {
  const { stdout } = await node.exec('journalctl', ['-u', 'k3s', '--no-pager', '-o', 'cat', '-n', '60'])
  return stdout
}
