import type { Facts } from '../node/facts.ts'
import { ask, existsOnHost, type Host, readHostFile } from '../node/host.ts'
import { look, unreadable } from '../node/look.ts'

/** Modules without which containers have no file system, or bridged packets pass by the rules of services. */
const MODULES = ['overlay', 'br_netfilter'] as const

type KernelFacts = Pick<
  Facts,
  'machine' | 'kernel' | 'cgroup' | 'modules' | 'iptables' | 'selinux' | 'apparmor' | 'unread'
>

/** What the kernel is and can do. */
export async function kernelFacts(host: Host): Promise<KernelFacts> {
  const [machine, kernel, iptables] = await Promise.all([
    ask(host, 'uname', '-m'),
    ask(host, 'uname', '-r'),
    iptablesFact(host),
  ])
  const enforce = await readHostFile(host, '/sys/fs/selinux/enforce')
  return {
    machine: machine ?? '',
    kernel: kernel ?? '',
    cgroup: parseCgroups(
      await readHostFile(host, '/sys/fs/cgroup/cgroup.controllers'),
      await readHostFile(host, '/proc/cgroups'),
    ),
    modules: await moduleFacts(host, kernel ?? ''),
    ...iptables,
    selinux: enforce === undefined ? undefined : enforce.trim() === '1' ? 'Enforcing' : 'Permissive',
    apparmor: (await readHostFile(host, '/sys/module/apparmor/parameters/enabled'))?.trim() === 'Y',
  }
}

/** One that is not installed is known not to be there; one that fails is not. */
async function iptablesFact(host: Host): Promise<Pick<Facts, 'iptables' | 'unread'>> {
  const question = { part: 'iptables', command: ['iptables', '--version'] } as const
  const { text, unread } = { text: undefined, ...(await look(host, question)) }
  if (unread !== undefined) return { iptables: undefined, unread: unread.isMissing ? [] : [unread] }
  const iptables = parseIptables(text)
  return { iptables, unread: iptables === undefined ? [unreadable(question)] : [] }
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
  // Built into a kernel that has no folder of modules at all.
  if (name === 'overlay' && /\boverlay$/m.test((await readHostFile(host, '/proc/filesystems')) ?? ''))
    return true
  if (name === 'br_netfilter' && (await existsOnHost(host, '/proc/sys/net/bridge/bridge-nf-call-iptables')))
    return true
  return (await ask(host, 'modprobe', '-n', name)) !== undefined
}
