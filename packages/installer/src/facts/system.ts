import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { isErrno } from '@edgelift/core'
import { ask, existsOnHost, type Host, onHost, readHostFile } from '../host.ts'
import type { Facts } from './facts.ts'

/** Modules that pods' networks and file systems need. */
const MODULES = ['overlay', 'br_netfilter', 'ip_tables', 'iptable_nat', 'nf_tables'] as const

/** Units that would take the ports or the files of an installation. */
export const UNITS = [
  'k3s.service',
  'k3s-agent.service',
  'kubelet.service',
  'containerd.service',
  'docker.service',
  'edgecore.service',
] as const

/** Files whose presence tells of an installation that is there already. */
export const FILES = [
  '/usr/local/bin/k3s',
  '/etc/rancher/k3s/k3s.yaml',
  '/etc/kubernetes/kubelet.conf',
  '/etc/kubeedge/config/edgecore.yaml',
  '/etc/containerd/config.toml',
  '/usr/bin/containerd',
  '/usr/local/bin/containerd',
  '/var/lib/edgelift/receipt.json',
] as const

type SystemFacts = Omit<Facts, 'defaultRoute' | 'addresses' | 'nameservers' | 'listening'>

/** Reads /proc, /sys, /etc and asks a few programs. What cannot be learnt is left empty, never guessed. */
export async function systemFacts(host: Host, directory: string): Promise<SystemFacts> {
  const [machine, kernel, hostname, user, release, memory, units, files] = await Promise.all([
    ask(host, 'uname', '-m'),
    ask(host, 'uname', '-r'),
    ask(host, 'uname', '-n'),
    ask(host, 'id', '-u'),
    readHostFile(host, '/etc/os-release'),
    readHostFile(host, '/proc/meminfo'),
    unitStates(host),
    presence(host),
  ])
  const kilobytes = (key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(memory ?? '')?.[1] ?? 0) * 1024
  return {
    root: user === '0',
    machine: machine ?? '',
    kernel: kernel ?? '',
    hostname: hostname ?? '',
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(release ?? '')?.[1] ?? '',
    systemd: await existsOnHost(host, '/run/systemd/system'),
    cgroup: await cgroupFacts(host),
    memoryBytes: kilobytes('MemTotal'),
    swapBytes: kilobytes('SwapTotal'),
    disks: await diskFacts(host),
    directoryOptions: (await ask(host, 'findmnt', '-n', '-o', 'OPTIONS', '-T', directory))?.split(',') ?? [],
    modules: await moduleFacts(host, kernel ?? ''),
    iptables: parseIptables(await ask(host, 'iptables', '--version')),
    localtime: await existsOnHost(host, '/etc/localtime'),
    units,
    files,
    firewall: await firewallFact(host),
    selinux: await ask(host, 'getenforce'),
    apparmor: (await readHostFile(host, '/sys/module/apparmor/parameters/enabled'))?.trim() === 'Y',
    clock: Math.floor(host.now() / 1000),
  }
}

export function parseIptables(text: string | undefined): Facts['iptables'] {
  const [, version, backend] = /^iptables v(\S+)(?: \((\w+)\))?/.exec(text ?? '') ?? []
  return version === undefined ? undefined : { version, backend: backend === 'nf_tables' ? 'nft' : 'legacy' }
}

/** cgroups(7): v2 names its controllers in one file, v1 in /proc/cgroups with a flag for each. */
export function parseCgroups(v2: string | undefined, v1: string | undefined): Facts['cgroup'] {
  if (v2 !== undefined) return { version: 2, controllers: v2.trim().split(/\s+/) }
  const lines = (v1 ?? '').split('\n').map((line) => line.split('\t'))
  return {
    version: 1,
    controllers: lines.flatMap(([name = '', , , enabled]) => (enabled === '1' ? [name] : [])),
  }
}

async function cgroupFacts(host: Host): Promise<Facts['cgroup']> {
  return parseCgroups(
    await readHostFile(host, '/sys/fs/cgroup/cgroup.controllers'),
    await readHostFile(host, '/proc/cgroups'),
  )
}

/** A module is there when it is loaded, built in, or can be loaded (`modprobe -n` finds it). */
async function moduleFacts(host: Host, kernel: string): Promise<Record<string, boolean>> {
  const loaded = (await readHostFile(host, '/proc/modules')) ?? ''
  const builtIn = (await readHostFile(host, `/lib/modules/${kernel}/modules.builtin`)) ?? ''
  const entries = await Promise.all(
    MODULES.map(
      async (name): Promise<[string, boolean]> => [name, await moduleThere(host, { name, loaded, builtIn })],
    ),
  )
  return Object.fromEntries(entries)
}

async function moduleThere(
  host: Host,
  module: { name: string; loaded: string; builtIn: string },
): Promise<boolean> {
  const { name } = module
  if (new RegExp(`^${name} `, 'm').test(module.loaded) || module.builtIn.includes(`/${name}.ko`)) return true
  if (name === 'overlay' && /\boverlay$/m.test((await readHostFile(host, '/proc/filesystems')) ?? ''))
    return true
  if (name === 'br_netfilter' && (await existsOnHost(host, '/proc/sys/net/bridge/bridge-nf-call-iptables')))
    return true
  return (await ask(host, 'modprobe', '-n', name)) !== undefined
}

async function diskFacts(host: Host): Promise<Facts['disks']> {
  const disks = await Promise.all(['/', '/var/lib'].map((place) => diskFact(host, place)))
  return disks.flatMap((disk) => disk ?? [])
}

async function diskFact(host: Host, place: string): Promise<Facts['disks'][number] | undefined> {
  try {
    const { bavail, bsize } = await statfs(onHost(host, place))
    const options = (await ask(host, 'findmnt', '-n', '-o', 'OPTIONS', '-T', place))?.split(',') ?? []
    return { path: place, freeBytes: bavail * bsize, readOnly: options.includes('ro') }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return diskFact(host, path.dirname(place))
    throw error
  }
}

async function unitStates(host: Host): Promise<Facts['units']> {
  const entries = await Promise.all(
    UNITS.map(async (unit): Promise<[string, 'active' | 'enabled' | 'absent']> => {
      if ((await ask(host, 'systemctl', 'is-active', unit)) === 'active') return [unit, 'active']
      return [unit, (await ask(host, 'systemctl', 'is-enabled', unit)) === 'enabled' ? 'enabled' : 'absent']
    }),
  )
  return Object.fromEntries(entries)
}

async function presence(host: Host): Promise<Facts['files']> {
  const entries = await Promise.all(
    FILES.map(async (file): Promise<[string, boolean]> => [file, await existsOnHost(host, file)]),
  )
  return Object.fromEntries(entries)
}

async function firewallFact(host: Host): Promise<Facts['firewall']> {
  if ((await ask(host, 'systemctl', 'is-active', 'firewalld.service')) === 'active') return 'firewalld'
  return (await ask(host, 'ufw', 'status'))?.startsWith('Status: active') ? 'ufw' : undefined
}
