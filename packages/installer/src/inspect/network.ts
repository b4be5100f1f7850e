import { isIP } from 'node:net'
import { lacksNameserver } from '../kubeedge/nameserver.ts'
import type { Facts, Listening, Unread } from '../node/facts.ts'
import { ask, type Host, readHostFile } from '../node/host.ts'
import { look, type Question, type Seen, unreadable } from '../node/look.ts'
import { ownAddresses, parseLinks } from '../node/own-addresses.ts'
import { resolverFact } from '../node/resolver.ts'
import { withoutColumns } from '../node/ss.ts'

type NetworkFacts = Pick<
  Facts,
  | 'defaultRoute'
  | 'hasIPv6Route'
  | 'addresses'
  | 'ownAddresses'
  | 'nameservers'
  | 'resolver'
  | 'listening'
  | 'unread'
>

const ROUTES: Question = { part: 'routes', command: ['ip', '-4', 'route', 'show', 'default'] }
const ADDRESSES: Question = { part: 'addresses', command: ['ip', '-o', 'addr', 'show'] }
const PORTS: Question = { part: 'ports', command: ['ss', '-l', '-n', '-p', '-t', '-u'] }

/** Reads routes, addresses, nameservers and listening ports (iproute2's `ip` and `ss`, resolv.conf(5)). */
export async function networkFacts(host: Host): Promise<NetworkFacts> {
  const [routes, routes6, addresses, links, sockets, resolver] = await Promise.all([
    look(host, ROUTES),
    ask(host, 'ip', '-6', 'route', 'show', 'default'),
    look(host, ADDRESSES),
    ask(host, 'ip', '-o', '-d', 'link', 'show'),
    look(host, PORTS),
    readHostFile(host, '/etc/resolv.conf'),
  ])
  const found = parsed(addresses, ADDRESSES, parseAddresses)
  const nameservers = parseNameservers(resolver ?? '')
  const listening = parsed(withoutHeader(sockets), PORTS, parseSockets)
  return {
    defaultRoute: routes.unread === undefined ? parseDefaultRoute(routes.text, found.list) : undefined,
    hasIPv6Route: (routes6 ?? '').includes('default'),
    addresses: found.list.map(({ address }) => address),
    ownAddresses: ownAddresses(found.list, parseLinks(links ?? '')),
    nameservers,
    resolver: lacksNameserver(nameservers) ? await resolverFact(host) : undefined,
    listening: listening.list,
    unread: [...found.unread, ...(routes.unread ? [routes.unread] : []), ...listening.unread],
  }
}

function withoutHeader(seen: Seen): Seen {
  return seen.unread === undefined ? { text: withoutColumns(seen.text) } : seen
}

/** A list that a program printed. Words of which none is an entry are no empty list. */
function parsed<T>(
  seen: Seen,
  question: Question,
  parse: (text: string) => T[],
): { readonly list: readonly T[]; readonly unread: readonly Unread[] } {
  if (seen.unread !== undefined) return { list: [], unread: [seen.unread] }
  const list = parse(seen.text)
  return { list, unread: list.length === 0 && seen.text !== '' ? [unreadable(question)] : [] }
}

interface Address {
  readonly device: string
  readonly address: string
}

export function parseAddresses(text: string): Address[] {
  return text.split('\n').flatMap((line) => {
    const [, device, address] = /^\d+:\s+(\S+)\s+inet6?\s+([^\s/]+)/.exec(line) ?? []
    return device === undefined || address === undefined ? [] : [{ device, address }]
  })
}

export function parseDefaultRoute(text: string, addresses: readonly Address[]): Facts['defaultRoute'] {
  // One over several ways has a line for each below its own (ip-route(8), nexthop).
  const line = /^default.*(\n\s.*)*/m.exec(text)?.[0]
  const device = line && /\bdev (\S+)/.exec(line)?.[1]
  if (line === undefined || !device) return undefined
  const own = /\bsrc (\S+)/.exec(line)?.[1] ?? addresses.find((one) => one.device === device)?.address
  return { device, address: own }
}

export function parseNameservers(text: string): string[] {
  return text.split('\n').flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
}

export function parseSockets(text: string): Listening[] {
  return text.split('\n').flatMap((line) => {
    const [protocol, , , , local] = line.trim().split(/\s+/)
    const at = local?.lastIndexOf(':') ?? -1
    if (local === undefined || at < 0 || (protocol !== 'tcp' && protocol !== 'udp')) return []
    const port = Number(local.slice(at + 1))
    const address = local
      .slice(0, at)
      .replace(/%.*$/, '')
      .replace(/^\[|\]$/g, '')
    const program = /users:\(\("([^"]+)"/.exec(line)?.[1]
    return Number.isInteger(port) ? [{ protocol, address, port, program }] : []
  })
}

/**
 * The address from which this node reaches `target`, an address or a name (its IPv4 address before others); undefined
 * where the routes lead nowhere.
 */
export async function addressTowards(host: Host, target: string): Promise<string | undefined> {
  const resolved = async (database: string) =>
    (await ask(host, 'getent', database, target))?.split(/\s/, 1)[0]
  const address = isIP(target) === 0 ? (await resolved('ahostsv4')) || (await resolved('ahosts')) : target
  if (!address) return undefined
  return /\bsrc (\S+)/.exec((await ask(host, 'ip', '-o', 'route', 'get', address)) ?? '')?.[1]
}
