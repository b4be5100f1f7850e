import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Capture, linksOf, startCapture } from './capture.ts'
import { INSIDE, namespaceOf, type Wire } from './network.ts'
import type { Packet } from './packets.ts'
import type { EgressAttempt } from './types.ts'

/** Link-local multicast (RFC 5771, RFC 4291) never crosses a router: neighbours talking, not somebody getting out. */
const NEIGHBOURS = 'dst net 224.0.0.0/24 or dst net ff02::/16 or dst host 255.255.255.255'
/**
 * Seen outside of the nodes: what came to a gateway, and what came over the wire for somebody who is not on it.
 * Of a TCP connection only the opening is kept.
 */
const LEAVING = `inbound and not (${NEIGHBOURS}) and not dst net ${INSIDE} and not dst net fe80::/10 and not (tcp and not tcp[tcpflags] & tcp-syn != 0)`
const ASKING = 'udp dst port 53'

/** Records who tries to get out of a lab. */
export interface EgressLog {
  /** Takes note of the links outside; to be called after each plugging in. */
  watchLinks(): Promise<void>
  /** Starts recording the names that this node asks for on its own links, and reads what its seccomp-supervisor writes down. */
  watchNode(name: string, routesFile: string): Promise<void>
  attempts(): Promise<EgressAttempt[]>
  stop(): Promise<void>
}

export async function startEgressLog(
  wire: Wire,
  folder: string,
  cgroups: readonly string[],
): Promise<EgressLog> {
  const outside = await startCapture({
    namespace: wire.outside,
    filter: LEAVING,
    file: path.join(folder, 'outside.pcap'),
    cgroups,
  })
  // Links come and go with a node's power; their numbers stay known.
  const links = new Map<number, string>()
  const asked: { readonly node: string; readonly capture: Capture }[] = []
  const routes = new Map<string, string>()

  const watchLinks = async () => {
    for (const [number, link] of await linksOf(wire.outside)) links.set(number, link)
  }

  const watchNode = async (name: string, routesFile: string) => {
    await watchLinks()
    routes.set(name, routesFile)
    const file = path.join(folder, `${name}-${asked.length}.pcap`)
    for (const each of asked) if (each.node === name) await each.capture.stop()
    const capture = await startCapture({ namespace: namespaceOf(wire, name), filter: ASKING, file, cgroups })
    asked.push({ node: name, capture })
  }

  const attempts = async () => {
    const found: EgressAttempt[] = []
    for (const packet of await outside.packets()) {
      const node = (links.get(packet.link) ?? '').replace(/^(wire|gate)-/, '')
      if (node === 'wire') continue
      found.push(leaving(node, packet))
      const { question } = packet
      if (question !== undefined && isExisting(question)) found.push(named(node, question))
    }
    for (const { node, capture } of asked) {
      for (const { question } of await capture.packets()) {
        if (question !== undefined && isExisting(question)) found.push(named(node, question))
      }
    }
    for (const [node, file] of routes)
      found.push(...withoutRoute(node, await readFile(file, 'utf8').catch(() => '')))
    return distinct(found)
  }

  const stop = async () => {
    for (const each of [outside, ...asked.map(({ capture }) => capture)]) await each.stop()
  }
  return { watchLinks, watchNode, attempts, stop }
}

function named(node: string, name: string): EgressAttempt {
  return { node, kind: 'name', protocol: 'dns', destination: name }
}

function leaving(node: string, packet: Packet): EgressAttempt {
  const protocol = ({ 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp' } as const)[packet.protocol] ?? 'other'
  const port = packet.port === undefined ? {} : { port: packet.port }
  return { node, kind: 'packet', protocol, destination: packet.destination, ...port }
}

/** The seccomp-supervisor's lines: protocol, address, port, program. */
function withoutRoute(node: string, text: string): EgressAttempt[] {
  return text
    .split('\n')
    .map((line) => /^(tcp|udp) (\S+) (\d+) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, protocol, destination = '', port, program = '']) => ({
      node,
      kind: 'no-route' as const,
      protocol: protocol === 'tcp' ? ('tcp' as const) : ('udp' as const),
      destination,
      port: Number(port),
      program,
    }))
}

/**
 * Names that only the outside could know: not of the cluster, not of this machine, no reverse look-up, and not the two
 * random numbers by which CoreDNS asks itself at its start whether it is its own forwarder (its plugin loop).
 */
export function isExisting(name: string): boolean {
  if (/^\d+\.\d+$/.test(name)) return false
  return name.includes('.') && !/\.(cluster\.local|local|localdomain|arpa)$/.test(`.${name}`)
}

function distinct(attempts: readonly EgressAttempt[]): EgressAttempt[] {
  return [...new Map(attempts.map((attempt) => [JSON.stringify(attempt), attempt])).values()]
}
