import type { Text } from '@edgelift/core'
import type { CloudFacts } from '../inspect/cloud-facts.ts'
import { nodeNameOf } from '../settings/edge.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'
import { reachFindings } from './reach-findings.ts'
import { NEW_TOKEN, tokenFindings } from './token-findings.ts'

/** Clocks further apart keep a node out: certificates are not valid yet, or no more. In seconds. */
const APART = 300
/** From here on it is told. */
const DIFFERENT = 30

/** What an edge sees of its cloud, and whether its token will do. Pure. */
export function cloudFindings(context: PreflightContext): Finding[] {
  const { settings, cloud, facts, joined } = context
  if (settings.role === 'cloud') return []
  const seen =
    cloud === undefined
      ? []
      : [
          ...reachFindings(cloud),
          ...clock(cloud),
          ...address(cloud),
          ...nodeName(context, cloud),
          ...unanswered(context, cloud),
        ]
  if (!joined) return [...(isRenamed(context) ? [] : tokenFindings(context)), ...seen]
  const found = [...seen, ...(cloud === undefined ? [] : replaced(cloud, facts.joinedCa))]
  // Another address is taken over only where its cloud is found: a mistyped one would cut the edge off.
  if (facts.installed?.cloud !== undefined && facts.installed.cloud !== settings.cloud?.host) return found
  // A joined edge lives without its cloud: nothing of it keeps a repair out.
  return found.map((one) => (one.severity === 'error' ? { ...one, severity: 'warning' } : one))
}

/** An edge that has joined keeps its name: another one is refused, and no token would help. */
function isRenamed({ settings, facts }: PreflightContext): boolean {
  if (facts.installed?.role !== 'edge' || facts.joinedCa === undefined) return false
  return nodeNameOf(settings, facts) !== installedName(facts)
}

/** The name by which this node was installed; undefined where it was not. */
function installedName({ installed, hostname }: PreflightContext['facts']): string | undefined {
  return installed && (installed.nodeName ?? hostname.toLowerCase())
}

/** What separates a joined edge from a cloud that it reaches. Pure. */
export function linkFindings(cloud: CloudFacts, joinedCa: string | undefined): Finding[] {
  return [...clock(cloud), ...address(cloud), ...replaced(cloud, joinedCa)]
}

/** What an open port did not tell: neither the right token nor a free name may be concluded from that. */
function unanswered(
  { settings, facts }: PreflightContext,
  { host, ports, caHash, nodeTaken, foreignAddress }: CloudFacts,
): Finding[] {
  const https = ports[1]
  if (https?.state !== 'open' || foreignAddress !== undefined) return []
  if (caHash === undefined)
    return [
      {
        code: 'NOT_CHECKED',
        severity: 'warning',
        seen: {
          en: `could not find out which CA ${host} has: port ${https.port} is open, and CloudCore does not respond there`,
          zh: `无法检查 ${host} 的 CA：${https.port} 端口已开放，但 CloudCore 无响应`,
        },
        matters: {
          en: 'the node gets its certificate there; whether the join token belongs to this cloud is not known',
          zh: '节点从该端口获取证书；无法确认接入令牌是否属于该云端',
        },
        fix: {
          en: 'on the cloud node: ./edgelift doctor; another program may listen on that port',
          zh: '在云端执行 ./edgelift doctor；该端口也可能被其他程序占用',
        },
      },
    ]
  if (nodeTaken !== undefined) return []
  const name = nodeNameOf(settings, facts)
  return [
    {
      code: 'NOT_CHECKED',
      severity: 'warning',
      seen: {
        en: `could not find out whether the cloud already has a node ${name}`,
        zh: `无法检查云端是否已有名为 ${name} 的节点`,
      },
      matters: SAME_NAME,
      fix: {
        en: `on the cloud node: k3s kubectl get node ${name}; it must not be another machine`,
        zh: `在云端执行 k3s kubectl get node ${name}，确认不是另一台机器`,
      },
    },
  ]
}

const SAME_NAME: Text = {
  en: 'two machines with one name disconnect each other',
  zh: '同名的两台机器会互相挤下线',
}

const OF_CLOUD: Text = { en: "the cloud's", zh: '云端' }

function clock({ clockOffset }: CloudFacts): Finding[] {
  return clockOffset === undefined ? [] : clockFindings(clockOffset, OF_CLOUD)
}

/**
 * What two clocks that differ bring about. Pure.
 * @param offset seconds of the other clock, less those of this machine's
 * @param other whose clock it is: "the cloud's"
 */
export function clockFindings(offset: number, other: Text): Finding[] {
  const apart = Math.abs(offset)
  if (apart < DIFFERENT) return []
  const isAhead = offset < 0
  return [
    {
      code: 'CLOCK_DIFFERS',
      severity: apart < APART ? 'warning' : 'error',
      seen: {
        en: `this machine's clock is ${duration(apart).en} ${isAhead ? 'ahead of' : 'behind'} ${other.en}`,
        zh: `本机时钟比${other.zh}${isAhead ? '快' : '慢'} ${duration(apart).zh}`,
      },
      matters: {
        en: 'tokens and certificates are valid for a period: the join fails, or the node drops out later',
        zh: '令牌与证书有时限：加入会失败，或节点稍后掉线',
      },
      fix: {
        en: 'correct the wrong clock (timedatectl set-time), and synchronise both with one time server',
        zh: '请校正错误一方的时钟（timedatectl set-time），并让两者跟随同一时间服务器',
      },
    },
  ]
}

function duration(seconds: number): Text {
  if (seconds < 120) return { en: `${seconds} s`, zh: `${seconds} 秒` }
  if (seconds < 7200) return { en: `${Math.round(seconds / 60)} min`, zh: `${Math.round(seconds / 60)} 分钟` }
  if (seconds < 172_800)
    return { en: `${Math.round(seconds / 3600)} h`, zh: `${Math.round(seconds / 3600)} 小时` }
  return { en: `${Math.round(seconds / 86_400)} days`, zh: `${Math.round(seconds / 86_400)} 天` }
}

/** EdgeCore checks the name in the certificate as every TLS client does; it is made for `advertiseAddresses`. */
function address({ host, foreignAddress }: CloudFacts): Finding[] {
  if (foreignAddress === undefined) return []
  return [
    {
      code: 'CLOUD_ADDRESS_FOREIGN',
      severity: 'error',
      seen: {
        en: `the cloud's certificate does not cover ${host}: ${foreignAddress}`,
        zh: `云端证书不包含 ${host}：${foreignAddress}`,
      },
      matters: { en: 'EdgeCore refuses such a certificate', zh: 'EdgeCore 会拒绝该证书' },
      fix: {
        en: `use one of the cloud's advertiseAddresses; to add this one, run on the cloud node: ./install.sh --advertise-addresses with all addresses`,
        zh: '请使用云端 advertiseAddresses 中的地址；若要加入此地址，在云端执行：./install.sh --advertise-addresses 全部地址',
      },
    },
  ]
}

/** After the cloud was reinstalled, nothing there knows this node's certificate. */
function replaced({ host, caHash }: CloudFacts, joinedCa: string | undefined): Finding[] {
  if (caHash === undefined || joinedCa === undefined || caHash === joinedCa) return []
  return [
    {
      code: 'CLOUD_REPLACED',
      severity: 'error',
      seen: {
        en: `${host} is not the cloud that this node joined: its CA certificate differs`,
        zh: `${host} 已不是本节点加入的云端：其 CA 证书不同`,
      },
      matters: { en: 'it refuses this node', zh: '它将一直拒绝本节点' },
      fix: {
        en: `./cleanup.sh --yes; then join again. ${NEW_TOKEN.en}`,
        zh: `执行 ./cleanup.sh --yes，然后重新加入。${NEW_TOKEN.zh}`,
      },
    },
  ]
}

function nodeName({ settings, facts }: PreflightContext, { host, nodeTaken }: CloudFacts): Finding[] {
  const name = nodeNameOf(settings, facts)
  if (nodeTaken !== true || installedName(facts) === name) return []
  const former = facts.formerNode
  if (former?.nodeName === name && former.cloud === host) {
    return [
      {
        code: 'NODE_REJOINS',
        severity: 'note',
        seen: {
          en: `the cloud still has the Node object ${name}: it was this machine`,
          zh: `云端仍保留节点 ${name}：本机此前即为该节点`,
        },
        matters: { en: 'it is reused, labels included', zh: '将接管该节点及其标签' },
        fix: {
          en: `nothing to do; to start over, run on the cloud node: k3s kubectl delete node ${name}`,
          zh: `无需处理；如需全新加入，在云端执行：k3s kubectl delete node ${name}`,
        },
      },
    ]
  }
  return [
    {
      code: 'NODE_NAME_TAKEN',
      severity: 'error',
      seen: { en: `the cloud already has a node ${name}`, zh: `云端已有名为 ${name} 的节点` },
      matters: SAME_NAME,
      fix: {
        en: `./install.sh --node-name NAME; or, if that machine is gone, on the cloud node: k3s kubectl delete node ${name}`,
        zh: `执行 ./install.sh --node-name 名称；若原机器已不存在，在云端执行：k3s kubectl delete node ${name}`,
      },
    },
  ]
}
