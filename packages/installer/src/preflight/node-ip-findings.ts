import { isIPv4 } from 'node:net'
import type { Text } from '@edgelift/core'
import type { Facts } from '../node/facts.ts'
import {
  formatOwnAddresses,
  formatUnfit,
  nodeAddresses,
  type OwnAddress,
  type Unfit,
  unfitness,
} from '../node/own-addresses.ts'
import { hostsOf } from '../settings/cloud.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'
import { needed } from './setting-needed.ts'

/** Whether this node has an address of its own that other nodes reach it at: set, or chosen by one rule. Pure. */
export function nodeIpFindings(context: PreflightContext): Finding[] {
  const { settings, facts, kubeEdgeOnly } = context
  const { nodeIp } = settings
  if (nodeIp !== undefined) {
    if (!facts.addresses.includes(nodeIp)) return foreign(nodeIp, facts)
    const isSaidElsewhere = settings.role === 'cloud' && hostsOf(settings).includes(nodeIp)
    return isSaidElsewhere ? [] : unfitNodeIp(nodeIp, facts)
  }
  if (settings.role === 'edge') return chosen(context)
  return kubeEdgeOnly || nodeAddresses(facts).length > 0 ? [] : [nodeIpNeeded(facts)]
}

/** Ranges that no edge dials are refused; a cable may be plugged in later, and routers may know a dummy's address. */
export const REFUSED: readonly Unfit[] = ['loopback', 'unspecified', 'link-local', 'container-bridge']

function chosen({ facts, addressToCloud }: PreflightContext): Finding[] {
  const [first, ...others] = nodeAddresses(facts, addressToCloud)
  if (first === undefined) return [nodeIpNeeded(facts)]
  const isSure = first.address === addressToCloud || facts.installed !== undefined
  return isSure || others.length === 0 ? [] : [nodeIpUncertain(first, others)]
}

/** What was set as this node's own address, and no other node can dial it. */
function unfitNodeIp(nodeIp: string, { ownAddresses }: Facts): Finding[] {
  const unfit = unfitness(ownAddresses, nodeIp)
  if (unfit === undefined) return []
  const why = formatUnfit(unfit)
  return [
    {
      code: 'NODE_IP_UNREACHABLE',
      severity: REFUSED.includes(unfit) ? 'error' : 'warning',
      seen: { en: `nodeIp is ${nodeIp}: ${why.en}`, zh: `nodeIp 为 ${nodeIp}：${why.zh}` },
      matters: { en: 'other nodes cannot reach this node at it', zh: '其他节点无法通过该地址访问本节点' },
      fix: nodeIpFix(ownAddresses),
    },
  ]
}

function nodeIpFix(ownAddresses: Facts['ownAddresses']): Text {
  const fit = ownAddresses.filter((one) => one.unfit === undefined && isIPv4(one.address))
  const list = formatOwnAddresses(fit)
  const address = fit[0]?.address
  return address === undefined
    ? { en: './install.sh --node-ip ADDRESS', zh: './install.sh --node-ip 地址' }
    : {
        en: `./install.sh --node-ip ${address}; this machine has ${list.en}`,
        zh: `./install.sh --node-ip ${address}；本机可用地址：${list.zh}`,
      }
}

/** Several addresses, and no route says which one leads to the cloud. */
function nodeIpUncertain(first: OwnAddress, others: readonly OwnAddress[]): Finding {
  const list = formatOwnAddresses(others)
  return {
    code: 'NODE_IP_UNCERTAIN',
    severity: 'warning',
    seen: {
      en: `this node's address will be ${first.address} (${first.device}); this machine also has ${list.en}`,
      zh: `本节点地址将为 ${first.address}（${first.device}）；本机还有 ${list.zh}`,
    },
    matters: {
      en: 'no route shows which of them other nodes can reach',
      zh: '没有路由能说明其他节点可访问哪个地址',
    },
    fix: {
      en: `if it is another one: ./install.sh --node-ip ${others[0]?.address}`,
      zh: `若应使用其他地址：./install.sh --node-ip ${others[0]?.address}`,
    },
  }
}

function nodeIpNeeded({ ownAddresses }: Facts): Finding {
  const unfit = formatOwnAddresses(
    ownAddresses.filter((one) => one.unfit !== 'loopback' && isIPv4(one.address)),
  )
  const list = unfit.en === '' ? { en: '', zh: '' } : { en: `: ${unfit.en}`, zh: `：${unfit.zh}` }
  return needed({
    name: 'nodeIp',
    flag: '--node-ip ADDRESS',
    matters: {
      en: `this machine has no IPv4 address that other nodes can reach${list.en}`,
      zh: `本机没有其他节点可访问的 IPv4 地址${list.zh}`,
    },
  })
}

function foreign(nodeIp: string, { ownAddresses }: Facts): Finding[] {
  return [
    {
      code: 'NODE_IP_FOREIGN',
      severity: 'error',
      seen: {
        en: `nodeIp ${nodeIp} is not an address of this machine`,
        zh: `nodeIp ${nodeIp} 不是本机地址`,
      },
      matters: { en: 'other nodes cannot reach this node at it', zh: '其他节点无法通过该地址访问本节点' },
      fix: nodeIpFix(ownAddresses),
    },
  ]
}
