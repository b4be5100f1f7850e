import { isIP, isIPv4 } from 'node:net'
import type { Choice, JsonObject } from '@edgelift/bundle'
import { type Facts, formatUnread } from '../node/facts.ts'
import { formatOwnAddresses, nodeAddresses, unfitness } from '../node/own-addresses.ts'
import { fail } from '../problem/codes.ts'
import type { CloudSettings } from './schema.ts'

/** What a cloud installation works with, after settings and facts have been put together. */
export interface ResolvedCloud {
  readonly nodeIp: string
  readonly nodeName: string
  /** The node's label `kubernetes.io/hostname`. */
  readonly nodeHostname: string
  readonly advertiseAddresses: readonly string[]
  /** Addresses and names that CloudHub's certificate is for; at least one address. */
  readonly hubHosts: readonly string[]
  readonly relayNodes: readonly { readonly nodeName: string; readonly advertiseAddress: readonly string[] }[]
  readonly k3sDisable: readonly string[]
  /** The link that has nodeIp; undefined when it is not known. */
  readonly flannelIface: string | undefined
  /** Whether the service that has Endpoints sent again is installed. */
  readonly meshRefresh: boolean
  /** Chosen options; `edgemesh` is one of them. */
  readonly options: ReadonlySet<string>
  /** What the charts' variants ask for: `iptables-nft`. */
  readonly facts: ReadonlySet<string>
  /** Whether the host names a nameserver that pods could reach. Without one K3s makes up 8.8.8.8. */
  readonly hasNameserver: boolean
}

/** A node as its cluster knows it. */
export interface KnownNode {
  readonly name: string
  readonly hostname: string
  readonly internalIp: string | undefined
}

/** What is known beside settings and facts. */
export interface CloudFound {
  /** The node of an existing cluster; its name and address come from the cluster. */
  readonly node?: KnownNode | undefined
  /** The link that has the address, by this machine's own word. */
  readonly deviceOf?: (address: string) => string | undefined
}

/**
 * @param k3sDisable what the archive has no images for
 * @throws ANSWER_NEEDED without nodeIp on a machine whose addresses nobody can dial
 * @throws ANSWER_INVALID for an address that K3s or EdgeMesh cannot work with
 */
export function resolveCloud(
  settings: CloudSettings,
  facts: Facts,
  k3sDisable: readonly string[],
  { node, deviceOf }: CloudFound = {},
): ResolvedCloud {
  const candidates = nodeAddresses(facts).map(({ address }) => address)
  const advertised = settings.advertiseAddresses?.find((address) => candidates.includes(address))
  const nodeIp = settings.nodeIp ?? node?.internalIp ?? advertised ?? candidates[0]
  if (nodeIp === undefined) throw nodeIpNeeded(facts)
  if (node === undefined) onlyIPv4('nodeIp', nodeIp, 'K3s')
  const nodeName = node?.name ?? settings.nodeName ?? facts.hostname.toLowerCase()
  const isDialled = unfitness(facts.ownAddresses, nodeIp) === undefined
  const advertiseAddresses = settings.advertiseAddresses ?? [isDialled ? nodeIp : (candidates[0] ?? nodeIp)]
  const relays = advertiseAddresses.filter((address) => isIPv4(address))
  for (const address of settings.relayNodes?.flatMap((relay) => relay.advertiseAddress) ?? []) {
    onlyIPv4('relayNodes', address, 'EdgeMesh')
  }
  const hasAddress = advertiseAddresses.some((address) => isIP(address) !== 0)
  return {
    nodeIp,
    nodeName,
    nodeHostname: node?.hostname ?? nodeName,
    advertiseAddresses,
    hubHosts: hasAddress ? advertiseAddresses : [nodeIp, ...advertiseAddresses],
    relayNodes: settings.relayNodes ?? [
      { nodeName, advertiseAddress: relays.length > 0 ? relays : [nodeIp] },
    ],
    // What the archive has no images for stays out, whatever else is left out.
    k3sDisable: [...new Set([...k3sDisable, ...(settings.k3s.disable ?? [])])],
    flannelIface: deviceOf?.(nodeIp),
    meshRefresh: settings.edgemesh && settings.meshRefresh,
    ...cloudChoice(settings, facts),
    hasNameserver: facts.nameservers.some(isReachable),
  }
}

/** By which charts, their variants and images are chosen. */
export function cloudChoice(settings: CloudSettings, { iptables }: Pick<Facts, 'iptables'>): Choice {
  return {
    options: new Set([...settings.options, ...(settings.edgemesh ? ['edgemesh'] : [])]),
    facts: new Set(iptables?.backend === 'nft' ? ['iptables-nft'] : []),
  }
}

function nodeIpNeeded({ ownAddresses, unread }: Facts): Error {
  const [silent] = unread.filter(({ part }) => part === 'addresses')
  if (silent !== undefined)
    return fail('ANSWER_NEEDED', {
      what: {
        en: 'nodeIp is not set, and the addresses of this machine could not be found out',
        zh: '未设置 nodeIp，且无法检查本机地址',
      },
      because: formatUnread(silent),
      fix: {
        en: 'correct that, or run ./install.sh --node-ip ADDRESS',
        zh: '请处理该问题，或执行 ./install.sh --node-ip 地址',
      },
    })
  const unfit = ownAddresses.filter((one) => one.unfit !== 'loopback' && isIPv4(one.address))
  return fail('ANSWER_NEEDED', {
    what: {
      en: 'nodeIp is not set, and this machine has no IPv4 address that edge nodes can reach',
      zh: '未设置 nodeIp，且本机没有边缘节点可访问的 IPv4 地址',
    },
    ...(unfit.length === 0 ? {} : { because: formatOwnAddresses(unfit) }),
    fix: {
      en: 'give the network interface its address, or run ./install.sh --node-ip ADDRESS',
      zh: '请为网卡配置地址，或执行 ./install.sh --node-ip 地址',
    },
  })
}

/** K3s' default networks for pods and services are IPv4; EdgeMesh dials relays by IPv4 alone (EdgeMesh pkg/tunnel/util.go). */
function onlyIPv4(name: string, address: string, who: 'K3s' | 'EdgeMesh'): void {
  if (isIPv4(address)) return
  throw fail('ANSWER_INVALID', {
    what: { en: `${name}: ${address} is not an IPv4 address`, zh: `${name}：${address} 不是 IPv4 地址` },
    because: { en: `${who} needs an IPv4 address here`, zh: `${who} 在此需要 IPv4 地址` },
    fix: { en: 'set it to an IPv4 address of the node', zh: '请填写该节点的 IPv4 地址' },
  })
}

/** What K3s counts as a nameserver for pods: neither this host's own loopback nor a link-local address. */
function isReachable(address: string): boolean {
  return !/^(127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe80:)/i.test(address)
}

/** What edges dial as it was set; empty where nothing was. */
export function hostsOf({ advertiseAddresses, nodeIp }: CloudSettings): readonly string[] {
  return advertiseAddresses ?? (nodeIp === undefined ? [] : [nodeIp])
}

/** The first address at which edges reach this cloud; undefined where none can be known. Pure. */
export function dialledAddress(settings: CloudSettings, facts: Facts): string | undefined {
  const said = hostsOf(settings).find((host) => unfitness(facts.ownAddresses, host) === undefined)
  return said ?? nodeAddresses(facts)[0]?.address
}

/** What the charts' values ask for by name, but for the PSK, which is a secret. */
export function chartSettings(settings: ResolvedCloud): JsonObject {
  const names = settings.hubHosts.filter((host) => isIP(host) === 0)
  return {
    // CloudCore parses advertiseAddress as IP addresses; names have a field of their own (an empty one is the chart's default).
    advertiseAddresses: settings.hubHosts.filter((host) => isIP(host) !== 0),
    advertiseNames: names.length > 0 ? names : [''],
    relayNodes: settings.relayNodes.map(({ nodeName, advertiseAddress }) => ({
      nodeName,
      advertiseAddress: [...advertiseAddress],
    })),
    gatewayNode: settings.nodeName,
    nodeIp: settings.nodeIp,
    nodeName: settings.nodeName,
    nodeHostname: settings.nodeHostname,
  }
}
