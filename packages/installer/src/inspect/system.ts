import type { Facts } from '../node/facts.ts'
import { ask, existsOnHost, type Host, readHostFile } from '../node/host.ts'

type SystemFacts = Pick<
  Facts,
  | 'root'
  | 'distribution'
  | 'hostname'
  | 'systemd'
  | 'memoryBytes'
  | 'swapBytes'
  | 'localtime'
  | 'firewall'
  | 'clock'
>

/** Reads /proc and /etc and asks a few programs. What cannot be learnt is left empty, never guessed. */
export async function systemFacts(host: Host): Promise<SystemFacts> {
  const [hostname, user, release, memory] = await Promise.all([
    ask(host, 'uname', '-n'),
    ask(host, 'id', '-u'),
    readHostFile(host, '/etc/os-release'),
    readHostFile(host, '/proc/meminfo'),
  ])
  const kilobytes = (key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(memory ?? '')?.[1] ?? 0) * 1024
  return {
    root: user === '0',
    hostname: hostname ?? '',
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(release ?? '')?.[1] ?? '',
    systemd: await existsOnHost(host, '/run/systemd/system'),
    memoryBytes: kilobytes('MemTotal'),
    swapBytes: kilobytes('SwapTotal'),
    localtime: await existsOnHost(host, '/etc/localtime'),
    firewall: await firewallFact(host),
    clock: Math.floor(host.now() / 1000),
  }
}

/** The services that manage a firewall, else a chain for what comes in whose policy is to drop it. */
async function firewallFact(host: Host): Promise<Facts['firewall']> {
  if ((await ask(host, 'systemctl', 'is-active', 'firewalld.service')) === 'active') return 'firewalld'
  if ((await ask(host, 'ufw', 'status'))?.startsWith('Status: active')) return 'ufw'
  if (/^-P INPUT DROP/m.test((await ask(host, 'iptables', '-S', 'INPUT')) ?? '')) return 'iptables'
  return dropsInput((await ask(host, 'nft', 'list', 'chains')) ?? '') ? 'nftables' : undefined
}

/** In what `nft list chains` prints: `type filter hook input priority 0; policy drop;`. */
export function dropsInput(chains: string): boolean {
  return /\bhook input\b[^}]*\bpolicy drop\b/.test(chains)
}
