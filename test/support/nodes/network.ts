import { exec, mustExec } from '@edgelift/core'

/** The network of a lab: a wire between the nodes, and for each node a gateway that leads nowhere. */
export interface Wire {
  /** The network namespace outside of the nodes, in which everything that leaves one can be seen. */
  readonly outside: string
  readonly id: string
}

export interface Plug {
  readonly name: string
  readonly address: string
  readonly defaultRoute: boolean
}

/** The nodes' own network; what goes elsewhere is an attempt to get out. */
export const INSIDE = '10.77.0.0/24'

/** Link addresses between a node and its gateway (RFC 3021), from the range for documentation (RFC 5737). */
const GATEWAYS: Readonly<Record<string, { readonly node: string; readonly gateway: string }>> = {
  cloud: { node: '203.0.113.252', gateway: '203.0.113.253' },
  edge: { node: '203.0.113.254', gateway: '203.0.113.255' },
  'edge-2': { node: '203.0.113.250', gateway: '203.0.113.251' },
}

/** A new network namespace takes these over from this machine, on which somebody may have changed them. */
const FRESH_SETTINGS = `
  echo 0 > /proc/sys/net/ipv4/ip_forward
  echo 0 > /proc/sys/net/ipv4/conf/all/route_localnet
  echo 0 > /proc/sys/net/ipv4/conf/default/route_localnet
  echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter
  echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter`

export function namespaceOf(wire: Wire, name: string): string {
  return `edgelift-${wire.id}-${name}`
}

export async function makeWire(id: string): Promise<Wire> {
  const wire = { id, outside: `edgelift-${id}-outside` }
  // Forwarding is on so that the kernel answers "unreachable" for what it does not forward, which is everything.
  await shell(`
    ip netns add ${wire.outside}
    nsenter --net=/run/netns/${wire.outside} sh -c '
      echo 1 > /proc/sys/net/ipv4/ip_forward
      echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6'
    ip -n ${wire.outside} link set lo up
    ip -n ${wire.outside} link add wire type bridge
    ip -n ${wire.outside} link set wire up
    ip -n ${wire.outside} route add unreachable default table 100
    ${Object.keys(GATEWAYS)
      .map((name) => `ip -n ${wire.outside} rule add iif gate-${name} lookup 100`)
      .join('\n')}`)
  return wire
}

/** Gives a node a fresh network namespace with `eth0` on the wire, as a machine has it after a boot. */
export async function plugIn(wire: Wire, plug: Plug): Promise<void> {
  await unplug(wire, plug.name)
  const space = namespaceOf(wire, plug.name)
  const out = `ip -n ${wire.outside}`
  const inside = `ip -n ${space}`
  await shell(`
    ip netns add ${space}
    nsenter --net=/run/netns/${space} sh -c '${FRESH_SETTINGS}'
    ${inside} link set lo up
    ${out} link add wire-${plug.name} type veth peer name eth0 netns ${space}
    ${out} link set wire-${plug.name} master wire up
    ${inside} link set eth0 address ${hardwareAddress(plug)}
    ${inside} addr add ${plug.address}/24 dev eth0
    ${inside} link set eth0 up`)
  const gate = gateOf(plug)
  if (gate === undefined) return
  await shell(`
    ${out} link add gate-${plug.name} type veth peer name defroute netns ${space}
    ${out} addr add ${gate.gateway}/31 dev gate-${plug.name}
    ${out} link set gate-${plug.name} up
    ${out} route add ${plug.address}/32 via ${gate.node}
    ${inside} addr add ${gate.node}/31 dev defroute
    ${inside} link set defroute up
    ${inside} route add default via ${gate.gateway} dev defroute metric 1000`)
}

/** The addresses of a node's way out, unless it has none. */
export function gateOf(plug: Plug): { readonly node: string; readonly gateway: string } | undefined {
  return plug.defaultRoute ? GATEWAYS[plug.name] : undefined
}

/** Gives a virtual machine its two network cards, as taps `wire-NAME` and `gate-NAME` outside. */
export async function plugInCards(wire: Wire, plug: Plug): Promise<void> {
  await unplug(wire, plug.name)
  const out = `ip -n ${wire.outside}`
  await shell(`
    ${out} tuntap add dev wire-${plug.name} mode tap
    ${out} link set wire-${plug.name} master wire up
    ${out} tuntap add dev gate-${plug.name} mode tap
    ${out} link set gate-${plug.name} up`)
  const gate = gateOf(plug)
  if (gate === undefined) return
  await shell(`
    ${out} addr add ${gate.gateway}/31 dev gate-${plug.name}
    ${out} route add ${plug.address}/32 via ${gate.node}`)
}

/** A machine keeps its own through a power cycle, and its neighbours remember it. */
export function hardwareAddress(plug: Plug): string {
  const bytes = [0x02, 0x00, ...plug.address.split('.').map(Number)]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Takes a node's network away, with every link, route and packet filter that was made in it. */
export async function unplug(wire: Wire, name: string): Promise<void> {
  const { outside } = wire
  for (const link of [`wire-${name}`, `gate-${name}`])
    await exec('ip', ['-n', outside, 'link', 'delete', link])
  await exec('ip', ['netns', 'delete', namespaceOf(wire, name)])
}

/** Both ends of the wire lose the carrier. */
export async function setWire(wire: Wire, state: 'up' | 'down'): Promise<void> {
  for (const name of Object.keys(GATEWAYS)) {
    await exec('ip', ['-n', wire.outside, 'link', 'set', `wire-${name}`, state]) // a node that is off has none
  }
}

/** Removes every network namespace of a lab, whatever state its making or unmaking was left in. */
export async function removeNetwork(id: string): Promise<void> {
  const { stdout } = await exec('ip', ['netns', 'list'])
  for (const line of stdout.split('\n')) {
    const name = line.split(' ')[0] ?? ''
    if (name.startsWith(`edgelift-${id}-`)) await exec('ip', ['netns', 'delete', name])
  }
}

async function shell(script: string): Promise<void> {
  await mustExec(exec, 'sh', ['-euc', script])
}
