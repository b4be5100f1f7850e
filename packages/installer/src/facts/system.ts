import { ask, existsOnHost, type Host, readHostFile } from '../host.ts'
import type { Facts } from './facts.ts'

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

async function firewallFact(host: Host): Promise<Facts['firewall']> {
  if ((await ask(host, 'systemctl', 'is-active', 'firewalld.service')) === 'active') return 'firewalld'
  return (await ask(host, 'ufw', 'status'))?.startsWith('Status: active') ? 'ufw' : undefined
}
