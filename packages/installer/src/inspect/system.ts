import type { Facts } from '../node/facts.ts'
import { ask, existsOnHost, type Host, readHostFile } from '../node/host.ts'
import { swapSources } from '../node/swap.ts'
import { firewallFact } from './firewall.ts'

type SystemFacts = Pick<
  Facts,
  | 'root'
  | 'distribution'
  | 'hostname'
  | 'systemd'
  | 'memoryBytes'
  | 'swapBytes'
  | 'swapSources'
  | 'localtime'
  | 'zoneinfo'
  | 'firewall'
  | 'clock'
  | 'unread'
>

/** Reads /proc and /etc and asks a few programs. What cannot be learnt is left empty, never guessed. */
export async function systemFacts(host: Host): Promise<SystemFacts> {
  const [hostname, user, release, memory] = await Promise.all([
    ask(host, 'uname', '-n'),
    ask(host, 'id', '-u'),
    readHostFile(host, '/etc/os-release').then((text) => text ?? readHostFile(host, '/usr/lib/os-release')),
    readHostFile(host, '/proc/meminfo'),
  ])
  const kilobytes = (key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(memory ?? '')?.[1] ?? 0) * 1024
  const root = user === '0'
  const swapBytes = kilobytes('SwapTotal')
  const systemd = await existsOnHost(host, '/run/systemd/system')
  return {
    root,
    hostname: hostname ?? '',
    distribution: prettyName(release ?? ''),
    systemd,
    memoryBytes: kilobytes('MemTotal'),
    swapBytes,
    swapSources: swapBytes === 0 ? [] : await swapSources(host),
    localtime: await existsOnHost(host, '/etc/localtime'),
    zoneinfo: await existsOnHost(host, '/usr/share/zoneinfo/UTC'),
    ...(await firewallFact(host, { root, systemd })),
    clock: Math.floor(host.now() / 1000),
  }
}

/** What a distribution calls itself, quoted as a shell reads it (os-release(5)): the last assignment counts. */
export function prettyName(release: string): string {
  const value = [...release.matchAll(/^\s*PRETTY_NAME=(.*?)\s*$/gm)].at(-1)?.[1] ?? ''
  const [, single, double] = /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)")$/.exec(value) ?? []
  return single ?? (double ?? value).replaceAll(/\\(.)/g, '$1')
}
