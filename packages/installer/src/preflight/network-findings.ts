import type { Role } from '@edgelift/bundle'
import { EDGEMESH_DNS } from '../kubeedge/edgecore-config.ts'
import { resolverFix } from '../kubeedge/nameserver.ts'
import { type Facts, isUnread } from '../node/facts.ts'
import { canonicalAddress } from '../node/own-addresses.ts'
import { nodeNameOf } from '../settings/edge.ts'
import { isNodeName, LONGEST_NODE_NAME } from '../settings/schema.ts'
import { isWithoutIPv4 } from './address-findings.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** Ports that a role listens on, and who does (KubeEdge constants/default.go, EdgeMesh, K3s). */
const PORTS: Readonly<Record<Role, Readonly<Record<number, string>>>> = {
  cloud: {
    6443: 'kube-apiserver',
    9091: 'CloudCore metrics',
    10000: 'CloudHub',
    10002: 'CloudHub HTTPS',
    10003: 'CloudStream',
    10004: 'CloudStream tunnel',
    10250: 'kubelet',
    20006: 'EdgeMesh tunnel',
  },
  // EdgeCore's kubelet has no other port than its read-only one (constants.ServerPort).
  edge: { 10350: 'kubelet', 10550: 'metaServer', 20006: 'EdgeMesh tunnel' },
}
/** Of these, only 127.0.0.1: what keeps to another address is no conflict. CloudCore exits without its metrics (ServeMonitor). */
const LOCAL = [9091, 10350, 10550]
const TAKES_LOCAL = ['127.0.0.1', '0.0.0.0', '*', '::']

/** These belong to the cluster that is there when KubeEdge alone is installed. */
const OF_CLUSTER = [6443, 10250]

/** Programs of this stack: on a node that edgelift has installed, their own ports are no conflict. */
const OWN = ['k3s', 'k3s-server', 'cloudcore', 'edgecore', 'edgemesh-agent', 'kube-apiserver', 'kubelet']

/** What of names, addresses, routes and ports keeps an installation out. Pure. */
export function networkFindings(context: PreflightContext): Finding[] {
  return [...ports(context), ...route(context), ...resolver(context), ...name(context)]
}

type Listening = Facts['listening'][number]

function ports({ facts, settings, kubeEdgeOnly }: PreflightContext): Finding[] {
  const isOwn = ({ program }: Listening) =>
    facts.installed !== undefined && (program === undefined || OWN.includes(program))
  const wanted = Object.entries(PORTS[settings.role]).flatMap(([port, user]) =>
    kubeEdgeOnly && OF_CLUSTER.includes(Number(port)) ? [] : [{ port: Number(port), user }],
  )
  const findings = wanted.flatMap(({ port, user }) => {
    const taker = facts.listening.find((one) => takes(one, port) && !isOwn(one))
    return taker === undefined ? [] : [portTaken(taker, user)]
  })
  const dns = facts.listening.find(
    (one) =>
      settings.role === 'edge' &&
      one.port === 53 &&
      ['0.0.0.0', '*', '::', EDGEMESH_DNS].includes(one.address) &&
      !isOwn(one),
  )
  return dns === undefined ? findings : [...findings, dnsTaken(dns)]
}

function takes({ protocol, port, address }: Listening, wanted: number): boolean {
  return (
    protocol === 'tcp' &&
    port === wanted &&
    (!LOCAL.includes(port) || TAKES_LOCAL.includes(canonicalAddress(address)))
  )
}

function portTaken({ port, program }: Listening, user: string): Finding {
  return {
    code: 'PORT_TAKEN',
    severity: 'error',
    seen: {
      en: `port ${port} is used by ${program ?? 'a program'}`,
      zh: `端口 ${port} 被 ${program ?? '某程序'} 占用`,
    },
    matters: { en: `${user} listens there`, zh: `${user} 需要监听该端口` },
    fix: {
      en: `stop ${program ?? 'it'}: ss -lntp 'sport = :${port}'`,
      zh: `请停止该程序：ss -lntp 'sport = :${port}'`,
    },
  }
}

function dnsTaken({ address, program }: Listening): Finding {
  return {
    code: 'PORT_TAKEN',
    severity: 'error',
    seen: {
      en: `port 53 of ${address} is used by ${program ?? 'a program'}`,
      zh: `${address} 的 53 端口被 ${program ?? '某程序'} 占用`,
    },
    matters: {
      en: `EdgeMesh's DNS listens on ${EDGEMESH_DNS}:53`,
      zh: `EdgeMesh DNS 需要监听 ${EDGEMESH_DNS}:53`,
    },
    fix: { en: 'bind that DNS server to its own address only', zh: '请让该 DNS 服务只监听自己的地址' },
  }
}

/** It may lead nowhere: the kernel only has to find a route for service addresses before it rewrites them. */
const ADD_ROUTE =
  'ip link add defroute type bridge; ip addr add 203.0.113.254/31 dev defroute; ip link set defroute up; ip route add default via 203.0.113.255 dev defroute metric 1000'

function route({ facts, settings, kubeEdgeOnly }: PreflightContext): Finding[] {
  if (facts.defaultRoute !== undefined || kubeEdgeOnly || isWithoutIPv4(facts)) return []
  if (isUnread(facts, 'routes')) return []
  const isCloud = settings.role === 'cloud'
  const seen = facts.hasIPv6Route
    ? {
        en: 'there is only an IPv6 default route, none for IPv4',
        zh: '没有 IPv4 默认路由，只有 IPv6 默认路由',
      }
    : { en: 'there is no default route', zh: '没有默认路由' }
  return [
    {
      code: 'NO_DEFAULT_ROUTE',
      severity: isCloud ? 'error' : 'warning',
      seen,
      matters: isCloud
        ? {
            en: 'K3s and CloudCore do not start without one (service addresses are unreachable), even if it leads nowhere',
            zh: '没有默认路由时 K3s 与 CloudCore 无法启动（Service 地址不可达）；该路由无需真正可用',
          }
        : {
            en: 'programs on this host, and pods with hostNetwork, cannot connect to services (ENETUNREACH), so ./edgelift verify skips its functional test; other pods can',
            zh: '本机程序和使用 hostNetwork 的 Pod 无法连接 Service（ENETUNREACH），./edgelift verify 也会跳过功能测试；其他 Pod 不受影响',
          },
      fix: {
        en: `add one, which may lead nowhere, also to the network configuration, since a reboot removes it: ${ADD_ROUTE}`,
        zh: `添加一条默认路由（无需真正可用；重启后会失效，请同时写入网络配置）：${ADD_ROUTE}`,
      },
    },
  ]
}

function resolver({ facts, settings }: PreflightContext): Finding[] {
  if (settings.role === 'cloud') return []
  if (facts.nameservers.includes(EDGEMESH_DNS)) {
    return [
      {
        code: 'NAMESERVER_LOOP',
        severity: 'error',
        seen: {
          en: `${EDGEMESH_DNS} is a nameserver in /etc/resolv.conf`,
          zh: `/etc/resolv.conf 中的 nameserver 为 ${EDGEMESH_DNS}`,
        },
        matters: { en: "EdgeMesh's DNS would query itself endlessly", zh: 'EdgeMesh DNS 会无限循环查询自己' },
        fix: resolverFix(facts.nameservers, facts.resolver),
      },
    ]
  }
  if (facts.nameservers.length > 0) return []
  return [
    {
      code: 'NO_NAMESERVER',
      severity: 'error',
      seen: { en: '/etc/resolv.conf names no nameserver', zh: '/etc/resolv.conf 中没有 nameserver' },
      matters: {
        en: 'the EdgeMesh agent exits: no nameservers found',
        zh: 'EdgeMesh agent 会退出：no nameservers found',
      },
      fix: resolverFix(facts.nameservers, facts.resolver),
    },
  ]
}

function name({ facts, settings, kubeEdgeOnly }: PreflightContext): Finding[] {
  if (kubeEdgeOnly) return [] // its nodes have their names already
  const wanted = nodeNameOf(settings, facts)
  if (!isNodeName(wanted)) {
    return [
      {
        code: 'NODE_NAME_INVALID',
        severity: 'error',
        seen: { en: `"${wanted}" is not a valid node name`, zh: `"${wanted}" 不能作为节点名` },
        matters: {
          en: `a node name has lower-case letters, digits, "-" and "." (RFC 1123), at most ${LONGEST_NODE_NAME} characters`,
          zh: `Kubernetes 只允许小写字母、数字、"-" 和 "."（RFC 1123），最长 ${LONGEST_NODE_NAME} 个字符`,
        },
        fix: {
          en: './install.sh --node-name NAME, or change the host name',
          zh: '执行 ./install.sh --node-name 名称，或修改主机名',
        },
      },
    ]
  }
  if (wanted !== 'localhost' && !wanted.startsWith('localhost.')) return []
  return [
    {
      code: 'NODE_NAME_DOUBTFUL',
      severity: 'warning',
      seen: { en: `the node name would be ${wanted}`, zh: `本节点将命名为 ${wanted}` },
      matters: {
        en: 'every node needs a unique name, and many machines have this one',
        zh: '每个节点需要唯一的名称，而许多机器都叫这个名字',
      },
      fix: {
        en: './install.sh --node-name NAME, or hostnamectl set-hostname NAME',
        zh: '执行 ./install.sh --node-name 名称，或 hostnamectl set-hostname 名称',
      },
    },
  ]
}
