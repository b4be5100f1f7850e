import { TIME_IS_UP } from '@edgelift/core'
import type { Facts, Unread } from '../node/facts.ts'
import { ask, existsOnHost, type Host, readHostFile } from '../node/host.ts'
import { hear, look, unreadable } from '../node/look.ts'

/** Modules without which containers have no file system, or bridged packets pass by the rules of services. */
const MODULES = ['overlay', 'br_netfilter'] as const

type KernelFacts = Pick<
  Facts,
  'machine' | 'kernel' | 'cgroup' | 'modules' | 'iptables' | 'selinux' | 'apparmor' | 'unread'
>

/** What the kernel is and can do. */
export async function kernelFacts(host: Host): Promise<KernelFacts> {
  const [machine, kernel, packets] = await Promise.all([
    ask(host, 'uname', '-m'),
    ask(host, 'uname', '-r'),
    iptablesFact(host),
  ])
  const modules = await moduleFacts(host, kernel ?? '')
  const enforce = await readHostFile(host, '/sys/fs/selinux/enforce')
  return {
    machine: machine ?? '',
    kernel: kernel ?? '',
    cgroup: parseCgroups(
      await readHostFile(host, '/sys/fs/cgroup/cgroup.controllers'),
      await readHostFile(host, '/proc/cgroups'),
    ),
    modules: modules.modules,
    iptables: packets.iptables,
    unread: [...packets.unread, ...modules.unread],
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

/** A module is there when it is loaded, built in, or can be loaded (`modprobe -n` finds it); absent where that is not known. */
async function moduleFacts(host: Host, kernel: string): Promise<Pick<Facts, 'modules' | 'unread'>> {
  const loaded = (await readHostFile(host, '/proc/modules')) ?? ''
  const builtIn = (await readHostFile(host, `/lib/modules/${kernel}/modules.builtin`)) ?? ''
  const seen = await Promise.all(
    MODULES.map(async (name) => {
      if (await isInKernel(host, { name, loaded, builtIn })) return { name, isThere: true }
      return { name, ...(await isLoadable(host, name)) }
    }),
  )
  return {
    modules: Object.fromEntries(
      seen.flatMap(({ name, isThere }) => (isThere === undefined ? [] : [[name, isThere]])),
    ),
    unread: seen.flatMap(({ unread }) => unread ?? []),
  }
}

async function isInKernel(
  host: Host,
  { name, loaded, builtIn }: { name: string; loaded: string; builtIn: string },
): Promise<boolean> {
  if (new RegExp(`^${name} `, 'm').test(loaded) || builtIn.includes(`/${name}.ko`)) return true
  // Built into a kernel that has no folder of modules at all.
  if (name === 'overlay') return /\boverlay$/m.test((await readHostFile(host, '/proc/filesystems')) ?? '')
  return existsOnHost(host, '/proc/sys/net/bridge/bridge-nf-call-iptables')
}

interface Loadable {
  readonly isThere?: boolean
  readonly unread?: Unread
}

/** Where there is no modprobe nothing can be loaded; where it is killed or has no time, nobody knows. */
async function isLoadable(host: Host, name: string): Promise<Loadable> {
  const command = ['modprobe', '-n', name] as const
  const seen = await hear(host, command, ({ code }) => (code < TIME_IS_UP ? 'no' : undefined))
  if (seen.unread === undefined) return { isThere: seen.text !== 'no' }
  return seen.unread.isMissing ? { isThere: false } : { unread: { part: 'modules', ...seen.unread } }
}
