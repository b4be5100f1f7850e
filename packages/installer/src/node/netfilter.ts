import { EdgeliftError, mustExec } from '@edgelift/core'
import { doAll } from './do-all.ts'
import { existsOnHost, type Host, mustAsk } from './host.ts'
import { untilDone } from './pauses.ts'

/** Links of K3s' network, of the CNI bridge and of EdgeMesh. */
const LINKS = /^(cni0|flannel\.1|flannel-v6\.1|edgemesh0|veth[0-9a-f]{8})$/
/** Chains of kubelet, kube-proxy, kube-router, flannel, CNI plugins, EdgeMesh and KubeEdge's iptables-manager. */
const CHAINS = /^(KUBE-|CNI-|FLANNEL-|TUNNEL-PORT)/
/** A host may have rules in both of iptables' ways; the plain name is one of them. */
const TOOLS = ['iptables', 'ip6tables', 'iptables-legacy', 'ip6tables-legacy'] as const
/** Absent on a kernel without IPv6, where ip6tables fails. */
const IPV6 = '/proc/net/if_inet6'
/**
 * A kernel without what a tool speaks to has no rules of its kind: no nfnetlink, no nf_tables, no table of x_tables
 * (iptables/xtables-save.c, iptables/nft.c, libiptc/libiptc.c).
 */
export const NOT_IN_KERNEL = /Protocol not supported|generation id: Invalid argument|do you need to insmod/

/** Names of all links. @throws COMMAND_FAILED where they cannot be read */
export async function linkNames(host: Host): Promise<string[]> {
  return (await linkLines(host)).flatMap(nameOfLink)
}

/**
 * Links that may be of others, where nobody knows what was before: all but EdgeMesh's, and but for a bridge that no link is joined
 * to any more. A pod's own end goes with its network namespace.
 * @throws COMMAND_FAILED where they cannot be read
 */
export async function linksOfOthers(host: Host): Promise<string[]> {
  const lines = await linkLines(host)
  const isFree = !lines.some((line) => / master cni0 /.test(line))
  return lines.flatMap(nameOfLink).filter((name) => name !== 'edgemesh0' && !(name === 'cni0' && isFree))
}

async function linkLines(host: Host): Promise<string[]> {
  return ((await mustAsk(host, 'ip', '-o', 'link', 'show')) ?? '').split('\n')
}

function nameOfLink(line: string): string[] {
  const name = /^\d+:\s+([^:@\s]+)/.exec(line)?.[1]
  return name === undefined ? [] : [name]
}

/** Deletes the links that this stack makes, but for those in `kept`. @throws COMMAND_FAILED for one that is still there */
export async function removeLinks(host: Host, kept: readonly string[]): Promise<void> {
  const doomed = (await linkNames(host)).filter((name) => LINKS.test(name) && !kept.includes(name))
  await doAll(
    doomed.map((name) => async () => {
      const args = ['link', 'delete', name]
      const result = await host.exec('ip', args, { timeout: 10_000 })
      // The other end of a pair goes with the one, and a pod's with its namespace.
      if (result.code !== 0 && (await linkNames(host)).includes(name))
        await mustExec(async () => result, 'ip', args)
    }),
  )
}

/**
 * What a tool's `-save` prints; empty where there is no such tool, and where the kernel has no rules of its kind.
 * @throws COMMAND_FAILED when it fails otherwise, which is no word that there are no rules
 */
async function rulesOf(host: Host, tool: (typeof TOOLS)[number]): Promise<string> {
  if (tool.startsWith('ip6') && !(await existsOnHost(host, IPV6))) return ''
  try {
    return (await mustAsk(host, `${tool}-save`)) ?? ''
  } catch (error) {
    if (error instanceof EdgeliftError && NOT_IN_KERNEL.test(error.because?.en ?? '')) return ''
    throw error
  }
}

/** The names of all chains of this stack's kind. @throws COMMAND_FAILED where the rules cannot be read */
export async function chainsOf(host: Host): Promise<Set<string>> {
  const found = new Set<string>()
  for (const tool of TOOLS) {
    for (const line of (await rulesOf(host, tool)).split('\n')) {
      const name = /^:(\S+)/.exec(line)?.[1]
      if (name !== undefined && CHAINS.test(name)) found.add(name)
    }
  }
  return found
}

export interface ChainRemoval {
  /** Names of chains that stay. */
  readonly kept: readonly string[]
  /** Of the CNI plugins' chains only those of this CNI network go; all when left out. */
  readonly network?: string
}

/**
 * Removes the chains that this stack makes with every rule that leads to them, and touches no other rule.
 * @throws COMMAND_FAILED where rules cannot be read or changed, after those of the other tools
 */
export async function removeChains(host: Host, { kept, network }: ChainRemoval): Promise<void> {
  const remove = async (tool: (typeof TOOLS)[number]) => {
    const rules = await rulesOf(host, tool)
    const ofNetwork = network === undefined ? undefined : chainsOfNetwork(rules, network)
    const isOfOthers = (name: string) =>
      ofNetwork !== undefined && name.startsWith('CNI-') && !ofNetwork.has(name)
    const changes = withoutChains(
      rules,
      (name) => CHAINS.test(name) && !kept.includes(name) && !isOfOthers(name),
    )
    const options = { input: changes, timeout: 30_000 }
    if (changes !== '') await mustExec(host.exec, `${tool}-restore`, ['--noflush'], options)
  }
  await doAll(
    TOOLS.map((tool) => () => untilDone(() => remove(tool), { seconds: DISTURBED, passes: isRefusal })),
  )
}

/** Seconds in which others (Docker, firewalld, fail2ban) may hold the lock, or change a rule between the look at it and its removal. */
const DISTURBED = 3

function isRefusal(error: unknown): boolean {
  return error instanceof EdgeliftError && error.code === 'COMMAND_FAILED'
}

/** The chains to which rules lead that CNI plugins made for a network: they name it in their comments. */
function chainsOfNetwork(rules: string, network: string): Set<string> {
  const lines = rules.split('\n').filter((line) => line.includes(`name: \\"${network}\\"`))
  return new Set(lines.flatMap((line) => targetOf(line) ?? []))
}

function targetOf(rule: string): string | undefined {
  return /.* -[jg] (\S+)/.exec(rule)?.[1]
}

/**
 * What iptables-restore has to be given so that the doomed chains, and the rules that lead to them, are gone.
 * @param rules what iptables-save printed
 */
export function withoutChains(rules: string, isDoomed: (chain: string) => boolean): string {
  const lines: string[] = []
  let table = ''
  let jumps: string[] = []
  let chains: string[] = []
  for (const line of rules.split('\n')) {
    const [first = '', second = ''] = line.split(' ')
    if (first.startsWith('*')) {
      table = first
      jumps = []
      chains = []
    } else if (first.startsWith(':')) {
      if (isDoomed(first.slice(1))) chains.push(first.slice(1))
    } else if (first === '-A' && !isDoomed(second)) {
      const target = targetOf(line)
      if (target !== undefined && isDoomed(target)) jumps.push(`-D${line.slice(2)}`)
    } else if (first === 'COMMIT' && chains.length > 0) {
      const ends = [...chains.map((name) => `-F ${name}`), ...chains.map((name) => `-X ${name}`)]
      lines.push(table, ...jumps, ...ends, 'COMMIT')
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}
