import type { Role } from '@edgelift/bundle'
import type { Answers } from '../answers/load.ts'
import type { Facts } from '../facts/facts.ts'
import type { Finding } from './finding.ts'

/** Ports that a role listens on, and who does (KubeEdge constants/default.go, EdgeMesh, K3s). */
const PORTS: Readonly<Record<Role, Readonly<Record<number, string>>>> = {
  cloud: {
    6443: 'kube-apiserver',
    10000: 'CloudHub',
    10002: 'CloudHub HTTPS',
    10003: 'CloudStream',
    10004: 'CloudStream tunnel',
    10250: 'kubelet',
    20006: 'EdgeMesh tunnel',
  },
  edge: { 10250: 'kubelet', 10550: 'metaServer', 20006: 'EdgeMesh tunnel' },
}

/** Programs of this stack: their ports being taken by themselves is no conflict. */
const OWN = ['k3s', 'k3s-server', 'cloudcore', 'edgecore', 'edgemesh-agent', 'kube-apiserver', 'kubelet']

const EDGEMESH_DNS = '169.254.96.16'
const NODE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** What of names, addresses, routes and ports keeps an installation out. Pure. */
export function networkFindings(facts: Facts, answers: Answers): Finding[] {
  return [
    ...ports(facts, answers.role),
    ...route(facts, answers),
    ...resolver(facts, answers.role),
    ...name(facts, answers),
  ]
}

function ports(facts: Facts, role: Role): Finding[] {
  const taken = facts.listening.filter(
    ({ port, program }) => PORTS[role][port] !== undefined && !OWN.includes(program ?? ''),
  )
  const findings = [...new Map(taken.map((one) => [one.port, one])).values()].map(
    ({ port, program }): Finding => ({
      code: 'PORT_TAKEN',
      severity: 'error',
      seen: {
        en: `port ${port} is taken by ${program ?? 'a program'}`,
        zh: `端口 ${port} 被 ${program ?? '某程序'} 占用`,
      },
      matters: { en: `${PORTS[role][port]} listens there`, zh: `${PORTS[role][port]} 需要监听该端口` },
      cure: {
        en: `stop ${program ?? 'it'}: ss -lntp 'sport = :${port}'`,
        zh: `请停止该程序：ss -lntp 'sport = :${port}'`,
      },
    }),
  )
  const dns = facts.listening.find(
    ({ address, port, program }) =>
      role === 'edge' &&
      port === 53 &&
      ['0.0.0.0', '*', '::', EDGEMESH_DNS].includes(address) &&
      !OWN.includes(program ?? ''),
  )
  if (dns === undefined) return findings
  return [
    ...findings,
    {
      code: 'PORT_TAKEN',
      severity: 'error',
      seen: {
        en: `port 53 of every address is taken by ${dns.program ?? 'a program'}`,
        zh: `所有地址的 53 端口被 ${dns.program ?? '某程序'} 占用`,
      },
      matters: {
        en: `EdgeMesh's DNS listens on ${EDGEMESH_DNS}:53`,
        zh: `EdgeMesh DNS 需要监听 ${EDGEMESH_DNS}:53`,
      },
      cure: { en: 'bind that DNS server to its own address only', zh: '请让该 DNS 服务只监听自己的地址' },
    },
  ]
}

function route(facts: Facts, answers: Answers): Finding[] {
  if (answers.nodeIp !== undefined && !facts.addresses.includes(answers.nodeIp)) {
    return [
      {
        code: 'NODE_IP_FOREIGN',
        severity: 'error',
        seen: {
          en: `nodeIp ${answers.nodeIp} is no address of this machine`,
          zh: `nodeIp ${answers.nodeIp} 不是本机地址`,
        },
        matters: { en: 'the node could not be reached at it', zh: '节点将无法通过该地址访问' },
        cure: {
          en: `addresses are: ${facts.addresses.join(', ')}`,
          zh: `本机地址：${facts.addresses.join('、')}`,
        },
      },
    ]
  }
  if (facts.defaultRoute !== undefined) return []
  const cure = {
    en: 'ip link add defroute type bridge; ip addr add 203.0.113.254/31 dev defroute; ip link set defroute up; ip route add default via 203.0.113.255 dev defroute metric 1000',
    zh: '执行 ip link add defroute type bridge; ip addr add 203.0.113.254/31 dev defroute; ip link set defroute up; ip route add default via 203.0.113.255 dev defroute metric 1000',
  }
  const missing = answers.nodeIp === undefined
  return [
    {
      code: 'NO_DEFAULT_ROUTE',
      severity: missing || answers.role === 'cloud' ? 'error' : 'warning',
      seen: { en: 'there is no default route', zh: '没有默认路由' },
      matters: {
        en: 'K3s and CloudCore do not start without one (service addresses are unreachable), even if it leads nowhere',
        zh: '没有默认路由时 K3s 与 CloudCore 无法启动（服务地址不可达），即使该路由不通向任何地方也需要',
      },
      cure: missing ? { en: `${cure.en}; and answer nodeIp`, zh: `${cure.zh}；并设置 nodeIp` } : cure,
    },
  ]
}

/** EdgeMesh's DNS forwards to the host's nameservers and exits when there is none; to itself it would loop. */
function resolver(facts: Facts, role: Role): Finding[] {
  if (role === 'cloud') return []
  if (facts.nameservers.includes(EDGEMESH_DNS)) {
    return [
      {
        code: 'NAMESERVER_LOOP',
        severity: 'error',
        seen: {
          en: `${EDGEMESH_DNS} is a nameserver in /etc/resolv.conf`,
          zh: `/etc/resolv.conf 中的 nameserver 为 ${EDGEMESH_DNS}`,
        },
        matters: { en: "EdgeMesh's DNS would ask itself for ever", zh: 'EdgeMesh DNS 会无限循环查询自己' },
        cure: { en: 'write nameserver 127.0.0.1 in its place', zh: '请改为 nameserver 127.0.0.1' },
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
      cure: {
        en: 'echo "nameserver 127.0.0.1" >> /etc/resolv.conf (it need not answer)',
        zh: '执行 echo "nameserver 127.0.0.1" >> /etc/resolv.conf（无需应答）',
      },
    },
  ]
}

function name(facts: Facts, answers: Answers): Finding[] {
  const wanted = answers.nodeName ?? facts.hostname
  if (wanted.length <= 253 && NODE_NAME.test(wanted)) return []
  return [
    {
      code: 'NODE_NAME_INVALID',
      severity: 'error',
      seen: { en: `"${wanted}" cannot be a node's name`, zh: `"${wanted}" 不能作为节点名` },
      matters: {
        en: 'Kubernetes wants lower-case letters, digits, "-" and "." (RFC 1123)',
        zh: 'Kubernetes 只允许小写字母、数字、"-" 和 "."（RFC 1123）',
      },
      cure: { en: 'answer nodeName, or change the host name', zh: '请设置 nodeName 或修改主机名' },
    },
  ]
}
