import { isIP, isIPv4, isIPv6 } from 'node:net'
import type { Text } from '@edgelift/core'

/** An address of this machine. */
export interface OwnAddress {
  readonly address: string
  readonly device: string
  /** Why no other machine can dial it; undefined: others may. */
  readonly unfit: Unfit | undefined
}

/** The part of a machine's facts that addresses are chosen by. */
export interface AddressFacts {
  readonly ownAddresses: readonly OwnAddress[]
  readonly defaultRoute: { readonly device: string; readonly address: string | undefined } | undefined
}

export type Unfit = RangeUnfit | 'dummy' | 'no-carrier' | 'no-ports' | 'container-bridge'
export type RangeUnfit = 'loopback' | 'link-local' | 'documentation' | 'unspecified'

/** A network link, as `ip -d link` shows it. */
export interface Link {
  readonly name: string
  /** `bridge`, `dummy`, `vxlan`, …; empty for hardware and where iproute2 does not say. */
  readonly kind: string
  readonly hasCarrier: boolean
  /** The bridge or bond that it is a port of. */
  readonly master: string | undefined
}

/** Bridges and tunnels of container networks: Docker, Podman, libvirt, LXC, CNI, flannel, Calico, Cilium, EdgeMesh. */
const OF_CONTAINERS =
  /^(docker\d+|docker_gwbridge|br-[0-9a-f]{12}|podman\d+|cni-podman\d+|virbr\d+|lxcbr\d+|lxdbr\d+|cni\d+|flannel[.\w-]*|cali\w+|vxlan\.calico|tunl\d+|cilium_\w+|kube-\w+|nodelocaldns|edgemesh\d+|edge_tun\d+)$/

/** @param text of `ip -o -d link show` */
export function parseLinks(text: string): Link[] {
  return text.split('\n').flatMap((line) => {
    const [, name, flags] = /^\d+:\s+([^:@\s]+)(?:@\S+)?:\s+<([^>]*)>/.exec(line) ?? []
    if (name === undefined || flags === undefined) return []
    const [kind = ''] = /(?<=\\\s+)(bridge|dummy|vxlan|ifb|veth|tun|bond|vlan|macvlan)\b/.exec(line) ?? []
    const master = /\bmaster (\S+)/.exec(line)?.[1]
    return [{ name, kind, hasCarrier: flags.split(',').includes('LOWER_UP'), master }]
  })
}

/** Tells of each address whether others can dial it. A link that is not listed counts as one that can. */
export function ownAddresses(
  addresses: readonly { readonly address: string; readonly device: string }[],
  links: readonly Link[],
): OwnAddress[] {
  return addresses.map(({ address, device }) => ({
    address,
    device,
    unfit: unfitRange(address) ?? unfitLink(device, links),
  }))
}

/**
 * The ranges that no other machine dials, however the address is written: RFC 1122, RFC 3927, RFC 4291, RFC 5737,
 * RFC 3849, multicast and broadcast (RFC 5771, RFC 919), and the names of the loopback (RFC 6761, 6.3, and the
 * `/etc/hosts` of distributions).
 * @param host an address or a name
 */
export function unfitRange(host: string): RangeUnfit | undefined {
  if (/^(.+\.)?localhost$|^localhost[46]?(\.localdomain[46]?)?$|^ip6-(localhost|loopback)$/i.test(host))
    return 'loopback'
  if (isIP(host) === 0) return undefined
  const address = canonicalAddress(host)
  if (/^(127\.|::1$)/.test(address)) return 'loopback'
  if (/^(0\.|::$|22[4-9]\.|23\d\.|255\.255\.255\.255$|ff[0-9a-f]{2}:)/.test(address)) return 'unspecified'
  if (/^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(address)) return 'link-local'
  return /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:0?db8:)/i.test(address)
    ? 'documentation'
    : undefined
}

/** An IPv6 address in its shortest form (RFC 5952); one that stands for an IPv4 address as that. Names stay as they are. */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  return [high, low]
    .flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff])
    .join('.')
}

function unfitLink(device: string, links: readonly Link[]): Unfit | undefined {
  if (OF_CONTAINERS.test(device)) return 'container-bridge'
  const link = links.find(({ name }) => name === device)
  if (link === undefined) return undefined
  if (link.kind === 'dummy' || link.kind === 'ifb') return 'dummy'
  if (link.kind === 'bridge' && !links.some(({ master }) => master === device)) return 'no-ports'
  return link.hasCarrier ? undefined : 'no-carrier'
}

/** The IPv4 addresses that other machines can dial, that of the default route first. */
export function dialableAddresses(facts: AddressFacts): OwnAddress[] {
  const { ownAddresses: own, defaultRoute } = facts
  const rank = ({ address, device }: OwnAddress) =>
    address === defaultRoute?.address ? 0 : device === defaultRoute?.device ? 1 : 2
  return own
    .filter(({ address, unfit }) => unfit === undefined && isIPv4(address))
    .toSorted((a, b) => rank(a) - rank(b))
}

/** What the node's own address is chosen by. */
export interface NodeAddressFacts extends AddressFacts {
  /** What is installed here; undefined: nothing yet. */
  readonly installed: { readonly nodeIp?: string | undefined } | undefined
}

/**
 * What may be the node's own address where none is set, that of its way to the cloud first, then the one that it was
 * installed with: IPv4 addresses that others can dial. The cable of an installed node may be out for a while: its address
 * stays what it was.
 */
export function nodeAddresses(facts: NodeAddressFacts, towardsCloud?: string): OwnAddress[] {
  const { installed } = facts
  const rank = ({ address }: OwnAddress) =>
    address === towardsCloud ? 0 : address === installed?.nodeIp ? 1 : 2
  const dialable = dialableAddresses(facts)
  const unplugged = facts.ownAddresses.filter((one) => one.unfit === 'no-carrier' && isIPv4(one.address))
  const isKept = ({ address }: OwnAddress) => dialable.length === 0 || address === installed?.nodeIp
  const kept = installed === undefined ? [] : unplugged.filter(isKept)
  return [...dialable, ...kept].toSorted((a, b) => rank(a) - rank(b))
}

/** Why nobody dials this address, whether it is one of this machine or not; undefined when somebody may. */
export function unfitness(own: readonly OwnAddress[], address: string): Unfit | undefined {
  return unfitRange(address) ?? own.find((one) => one.address === address)?.unfit
}

const WORDS: Readonly<Record<Unfit, Text>> = {
  loopback: { en: 'loopback', zh: '环回地址' },
  unspecified: { en: 'not an address of a machine', zh: '不是主机地址' },
  'link-local': { en: 'link-local', zh: '链路本地地址' },
  documentation: { en: 'reserved for documentation', zh: '文档保留网段' },
  dummy: { en: 'a dummy device', zh: 'dummy 设备' },
  'no-carrier': { en: 'no carrier', zh: '网口未连接' },
  'no-ports': { en: 'a bridge without ports', zh: '没有端口的网桥' },
  'container-bridge': { en: 'a container network', zh: '容器网络' },
}

export function formatUnfit(unfit: Unfit): Text {
  return WORDS[unfit]
}

/** `10.0.0.1 (eth0)`, `203.0.113.5 (defroute: a bridge without ports)`. */
export function formatOwnAddress({ address, device, unfit }: OwnAddress): Text {
  if (unfit === undefined) return { en: `${address} (${device})`, zh: `${address}（${device}）` }
  const why = WORDS[unfit]
  return { en: `${address} (${device}: ${why.en})`, zh: `${address}（${device}：${why.zh}）` }
}

export function formatOwnAddresses(list: readonly OwnAddress[]): Text {
  const texts = list.map(formatOwnAddress)
  return { en: texts.map(({ en }) => en).join(', '), zh: texts.map(({ zh }) => zh).join('、') }
}
