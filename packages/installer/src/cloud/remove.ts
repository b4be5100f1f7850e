import { readdir, readFile, rm } from 'node:fs/promises'
import { mustExec } from '@edgelift/core'
import { unmountBelow } from '../edge/remove.ts'
import { ask, type Host, onHost } from '../host.ts'

const FOLDERS = [
  '/etc/rancher/node',
  '/run/k3s',
  '/run/flannel',
  '/var/lib/cni',
  '/var/lib/kubelet',
  '/var/lib/rancher/k3s',
] as const
/** Links of K3s' network and of EdgeMesh. */
const LINKS = /^(cni0|flannel\.1|edgemesh0|veth[0-9a-f]{8})$/
/** Chains of kube-proxy, flannel, CNI, and KubeEdge's iptables-manager. */
const CHAINS = /(KUBE-|CNI-|FLANNEL-|TUNNEL-PORT)/

/** What K3s leaves when its unit has been stopped: containers, mounts, links, iptables rules, state. */
export async function removeK3sState(host: Host): Promise<void> {
  await killContainers(host)
  for (const folder of ['/run/k3s', '/var/lib/kubelet', '/var/lib/rancher/k3s', '/run/netns/cni-']) {
    await unmountBelow(host, folder)
  }
  for (const line of ((await ask(host, 'ip', '-o', 'link', 'show')) ?? '').split('\n')) {
    const name = /^\d+:\s+([^:@\s]+)/.exec(line)?.[1]
    if (name !== undefined && LINKS.test(name)) await ask(host, 'ip', 'link', 'delete', name)
  }
  for (const tool of ['iptables', 'ip6tables']) await withoutChains(host, tool)
  for (const folder of FOLDERS) await rm(onHost(host, folder), { recursive: true, force: true })
}

/** Ends the shims of K3s' containerd with everything below them. */
async function killContainers(host: Host): Promise<void> {
  const processes = await processTable()
  const shims = processes.filter(
    ({ command }) => command.includes('/k3s/') && command.includes('containerd-shim'),
  )
  const doomed = new Set(shims.map(({ pid }) => pid))
  for (let grew = true; grew; ) {
    const before = doomed.size
    for (const { pid, parent } of processes) if (doomed.has(parent)) doomed.add(pid)
    grew = doomed.size > before
  }
  if (doomed.size > 0) await host.exec('kill', ['-9', ...[...doomed].map(String)])
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

async function processTable(): Promise<Process[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const table = await Promise.all(
    names.map(async (name) => {
      const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '')
      const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
      return { pid: Number(name), parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1] ?? 0), command }
    }),
  )
  return table.filter(({ command }) => command !== '')
}

/** Loads the rules again without those of this stack. */
async function withoutChains(host: Host, tool: string): Promise<void> {
  const rules = await ask(host, `${tool}-save`)
  if (rules === undefined || !CHAINS.test(rules)) return
  const kept = rules.split('\n').filter((line) => !CHAINS.test(line))
  await mustExec(host.exec, `${tool}-restore`, [], { input: `${kept.join('\n')}\n` })
}
