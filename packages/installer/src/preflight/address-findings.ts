import { isIPv4 } from 'node:net'
import { type Facts, isUnread } from '../node/facts.ts'
import {
  dialableAddresses,
  formatOwnAddresses,
  formatUnfit,
  type Unfit,
  unfitness,
} from '../node/own-addresses.ts'
import { hostsOf } from '../settings/cloud.ts'
import type { CloudSettings } from '../settings/schema.ts'
import { type Launcher, launcherFor } from '../state/way-back.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'
import { nodeIpFindings, REFUSED } from './node-ip-findings.ts'

/** At which address other machines reach this one, and whether they can. Pure. */
export function addressFindings(context: PreflightContext): Finding[] {
  const { settings, facts, kubeEdgeOnly } = context
  if (isUnread(facts, 'addresses')) return []
  if (isWithoutIPv4(facts)) return kubeEdgeOnly ? [] : [noIPv4(facts)]
  if (settings.role === 'edge') return nodeIpFindings(context)
  return [...nodeIpFindings(context), ...advertised(settings, context), ...choice(context)]
}

/** Whether IPv6 is the only way to and from this machine. */
export function isWithoutIPv4({ ownAddresses }: Pick<Facts, 'ownAddresses'>): boolean {
  const usable = ownAddresses.filter(({ unfit }) => unfit !== 'loopback' && unfit !== 'link-local')
  return usable.length > 0 && !usable.some(({ address }) => isIPv4(address))
}

function noIPv4({ ownAddresses }: Facts): Finding {
  const list = formatOwnAddresses(ownAddresses.filter(({ unfit }) => unfit === undefined))
  return {
    code: 'NO_IPV4',
    severity: 'error',
    seen: {
      en: `this machine has IPv6 addresses only: ${list.en}`,
      zh: `本机只有 IPv6 地址：${list.zh}`,
    },
    matters: {
      en: 'K3s runs pods and services on IPv4 networks, and EdgeMesh connects nodes over IPv4 only',
      zh: 'K3s 的 Pod 与 Service 网络使用 IPv4，EdgeMesh 也只通过 IPv4 连接节点',
    },
    fix: {
      en: 'give the machine an IPv4 address in the network of the other nodes: ip addr add 10.0.0.5/24 dev eth0',
      zh: '请在与其他节点相同的网络中为本机配置 IPv4 地址：ip addr add 10.0.0.5/24 dev eth0',
    },
  }
}

/** What edges dial was set, and they cannot. */
function advertised(settings: CloudSettings, { facts, kubeEdgeOnly }: PreflightContext): Finding[] {
  const launcher = launcherFor(kubeEdgeOnly)
  return hostsOf(settings).flatMap((host) => {
    const unfit = unfitness(facts.ownAddresses, host)
    return unfit === undefined ? [] : [unreachable(host, unfit, { facts, launcher })]
  })
}

function unreachable(
  host: string,
  unfit: Unfit,
  { facts, launcher }: { readonly facts: Facts; readonly launcher: Launcher },
): Finding {
  const why = formatUnfit(unfit)
  const others = formatOwnAddresses(dialableAddresses(facts))
  const name = others.en === '' ? 'ADDRESS' : (dialableAddresses(facts)[0]?.address ?? 'ADDRESS')
  return {
    code: 'CLOUD_ADDRESS_UNREACHABLE',
    severity: REFUSED.includes(unfit) ? 'error' : 'warning',
    seen: {
      en: `edge nodes would connect to ${host}: ${why.en}`,
      zh: `边缘节点将连接 ${host}：${why.zh}`,
    },
    matters: { en: 'no other machine can reach that address', zh: '其他机器无法访问该地址' },
    fix: {
      en: `run ${launcher} --advertise-addresses ${name}${others.en === '' ? '' : `; this machine has ${others.en}`}`,
      zh: `执行 ${launcher} --advertise-addresses ${name}${others.zh === '' ? '' : `；本机可用地址：${others.zh}`}`,
    },
  }
}

/** Several addresses, and nobody said which one edges use. */
function choice({ settings, facts, kubeEdgeOnly }: PreflightContext): Finding[] {
  if (settings.role !== 'cloud' || kubeEdgeOnly || facts.installed !== undefined) return []
  if (settings.advertiseAddresses !== undefined || settings.nodeIp !== undefined) return []
  const [first, ...others] = dialableAddresses(facts)
  if (first === undefined || others.length === 0) return []
  const list = formatOwnAddresses(others)
  return [
    {
      code: 'CLOUD_ADDRESS_UNCERTAIN',
      severity: 'warning',
      seen: {
        en: `edge nodes will connect to ${first.address} (${first.device}); this machine also has ${list.en}`,
        zh: `边缘节点将连接 ${first.address}（${first.device}）；本机还有 ${list.zh}`,
      },
      matters: {
        en: "CloudCore's certificate, the relay and edge-join.yaml name this address",
        zh: 'CloudCore 证书、中继节点与 edge-join.yaml 都使用该地址',
      },
      fix: {
        en: `if edge nodes reach the cloud at another one: ./install.sh --advertise-addresses ${others[0]?.address}`,
        zh: `若边缘节点使用其他地址访问云端：./install.sh --advertise-addresses ${others[0]?.address}`,
      },
    },
  ]
}
