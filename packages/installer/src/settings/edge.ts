import { isIPv6 } from 'node:net'
import type { Facts } from '../node/facts.ts'
import { nodeAddresses } from '../node/own-addresses.ts'
import { fail } from '../problem/codes.ts'
import type { EdgeSettings } from './schema.ts'

/** What an edge installation works with, after settings and facts have been put together. */
export interface ResolvedEdge {
  readonly cloudHost: string
  readonly hubPort: number
  readonly nodeName: string
  readonly nodeIp: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
  readonly containerd: 'bundled' | 'existing'
  readonly sandboxImage: string
  readonly options: ReadonlySet<string>
}

/** CloudHub's other ports keep their distance to the first one (KubeEdge: 10000 hub, 10002 HTTPS, 10004 tunnel). */
export const HTTPS_AFTER_HUB = 2
export const TUNNEL_AFTER_HUB = 4

export interface Found {
  readonly sandboxImage: string
  /** This node's address on its way to the cloud; a default route may lead nowhere. */
  readonly addressToCloud: string | undefined
}

/** @throws ANSWER_NEEDED when there is neither an answer nor a fact to take it from */
export function resolveEdge(settings: EdgeSettings, facts: Facts, found: Found): ResolvedEdge {
  if (settings.cloud === undefined) throw needed('cloud', "the cloud node's address", '云端地址')
  const nodeIp = settings.nodeIp ?? nodeAddresses(facts, found.addressToCloud)[0]?.address
  if (nodeIp === undefined) throw needed('nodeIp', "this node's address", '本节点地址')
  return {
    cloudHost: settings.cloud.host,
    hubPort: settings.cloud.hubPort,
    nodeName: settings.nodeName ?? facts.hostname.toLowerCase(),
    nodeIp,
    labels: settings.labels,
    taints: settings.taints,
    containerd: settings.containerd,
    sandboxImage: found.sandboxImage,
    options: new Set(settings.options),
  }
}

/** A host before a port: an IPv6 address stands in brackets (RFC 3986, 3.2.2). */
export function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

function needed(name: string, en: string, zh: string): Error {
  return fail('ANSWER_NEEDED', {
    what: { en: `${name} (${en}) is missing`, zh: `缺少必填参数 ${name}（${zh}）` },
    fix: {
      en: 'set it in install.yaml, or with its flag (./install.sh --help)',
      zh: '请写入 install.yaml，或用命令行参数设置（./install.sh --help）',
    },
  })
}

/** The name that a node will have: the one that is set, else the host's name in lower case. */
export function nodeNameOf(
  { nodeName }: { readonly nodeName?: string | undefined },
  { hostname }: Pick<Facts, 'hostname'>,
): string {
  return nodeName ?? hostname.toLowerCase()
}
