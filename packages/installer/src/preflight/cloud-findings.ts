import type { Text } from '@edgelift/core'
import { HTTPS_AFTER_HUB } from '../edge/settings.ts'
import type { CloudFacts, PortState } from '../facts/cloud.ts'
import { RELAY_PORT } from '../facts/cloud.ts'
import type { PreflightCode } from './codes.ts'
import { nodeNameOf, type PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** Clocks further apart keep a node out: certificates are not valid yet, or no more. In seconds. */
const APART = 300
/** From here on it is told. */
const DIFFERENT = 30

const NEW_TOKEN = {
  en: 'on the cloud: ./edgelift token --join edge-join.yaml; then here: ./install.sh --config edge-join.yaml',
  zh: '在云端执行 ./edgelift token --join edge-join.yaml；然后在本机执行 ./install.sh --config edge-join.yaml',
}

/** What an edge sees of its cloud, and whether its token will do. Pure. */
export function cloudFindings(context: PreflightContext): Finding[] {
  const { answers, cloud, facts } = context
  if (answers.role === 'cloud') return []
  const seen =
    cloud === undefined
      ? []
      : [...reach(cloud), ...clock(cloud), ...address(cloud), ...nodeName(context, cloud)]
  if (!facts.joined) return [...token(context), ...seen]
  // A joined edge lives without its cloud: nothing of it keeps a repair out.
  return [...seen, ...(cloud === undefined ? [] : replaced(cloud, facts.joinedCa))].map((one) =>
    one.severity === 'error' ? { ...one, severity: 'warning' } : one,
  )
}

function reach(cloud: CloudFacts): Finding[] {
  const { host, resolved, ports } = cloud
  if (!resolved) {
    return [
      {
        code: 'CLOUD_NAME_UNKNOWN',
        severity: 'error',
        seen: { en: `the name ${host} cannot be resolved`, zh: `无法解析主机名 ${host}` },
        matters: { en: 'EdgeCore looks it up again and again', zh: 'EdgeCore 会反复解析该名称' },
        cure: {
          en: `write it into /etc/hosts ("10.0.0.1 ${host}"), or answer an address`,
          zh: `请写入 /etc/hosts（“10.0.0.1 ${host}”），或改用 IP 地址`,
        },
      },
    ]
  }
  // Without the first two nothing joins; logs, exec and traffic to other nodes can come later.
  const [hub = 0, https = 0] = ports.map(({ port }) => port)
  const needed = [hub, https]
  return (['refused', 'silent', 'unreachable'] as const).flatMap((state) =>
    (['error', 'warning'] as const).flatMap((severity) => {
      const list = ports
        .filter((one) => one.state === state && needed.includes(one.port) === (severity === 'error'))
        .map(({ port }) => port)
      return list.length === 0 ? [] : [closed({ host, state, list, severity, hub })]
    }),
  )
}

interface Closed {
  readonly host: string
  readonly state: Exclude<PortState, 'open'>
  readonly list: readonly number[]
  readonly severity: 'error' | 'warning'
  readonly hub: number
}

function closed({ host, state, list, severity, hub }: Closed): Finding {
  const ports = list.join(', ')
  const words: Record<Closed['state'], { code: PreflightCode; seen: Text; cure: Text }> = {
    refused: {
      code: 'CLOUD_REFUSED',
      seen: { en: `${host} refuses TCP ${ports}`, zh: `${host} 拒绝连接 TCP ${ports}` },
      cure: {
        en: 'nothing listens there: look at ./edgelift status and verify on the cloud, and whether the address is right',
        zh: '云端没有程序监听：请在云端查看 ./edgelift status 与 verify，并确认地址无误',
      },
    },
    silent: {
      code: 'CLOUD_SILENT',
      seen: {
        en: `${host} does not answer at TCP ${ports} within 3 seconds`,
        zh: `${host} 的 TCP ${ports} 在 3 秒内无应答`,
      },
      cure: {
        en: `a firewall drops it, or the machine is off: open TCP ${hub}, ${hub + 2}, ${hub + 4} and ${RELAY_PORT} on the cloud and between`,
        zh: `可能被防火墙丢弃或机器未开机：请在云端及沿途开放 TCP ${hub}、${hub + 2}、${hub + 4} 和 ${RELAY_PORT}`,
      },
    },
    unreachable: {
      code: 'CLOUD_UNREACHABLE',
      seen: { en: `there is no way to ${host} (TCP ${ports})`, zh: `网络无法到达 ${host}（TCP ${ports}）` },
      cure: {
        en: `look at cable, address and route: ip route get ${host}`,
        zh: `请检查网线、地址和路由：ip route get ${host}`,
      },
    },
  }
  const uses = list.map((port) => useOf(port, hub))
  return {
    ...words[state],
    severity,
    matters: {
      en: uses.map(({ en }) => en).join('; '),
      zh: uses.map(({ zh }) => zh).join('；'),
    },
  }
}

function useOf(port: number, hub: number): Text {
  if (port === hub)
    return { en: `${port}: all messages between edge and cloud`, zh: `${port}：云边之间的全部消息` }
  if (port === hub + HTTPS_AFTER_HUB)
    return { en: `${port}: the node gets its certificate there`, zh: `${port}：节点在此获取证书` }
  if (port === RELAY_PORT)
    return { en: `${port}: EdgeMesh, services between nodes`, zh: `${port}：EdgeMesh，节点间的服务访问` }
  return { en: `${port}: kubectl logs and exec`, zh: `${port}：kubectl logs 与 exec` }
}

function clock({ clockOffset }: CloudFacts): Finding[] {
  const apart = Math.abs(clockOffset ?? 0)
  if (clockOffset === undefined || apart < DIFFERENT) return []
  const isAhead = clockOffset < 0
  return [
    {
      code: 'CLOCK_DIFFERS',
      severity: apart < APART ? 'warning' : 'error',
      seen: {
        en: `this machine's clock is ${duration(apart).en} ${isAhead ? 'ahead of' : 'behind'} the cloud's`,
        zh: `本机时钟比云端${isAhead ? '快' : '慢'} ${duration(apart).zh}`,
      },
      matters: {
        en: 'tokens and certificates hold from one moment to another: the join fails, or the node drops out later',
        zh: '令牌与证书有时限：加入会失败，或节点稍后掉线',
      },
      cure: {
        en: 'set the clock on the one that is wrong (date -s, hwclock -w), and let both follow one time server',
        zh: '请校正错误一方的时钟（date -s、hwclock -w），并让两者跟随同一时间服务器',
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
        en: `the cloud's certificate is not made for ${host}: ${foreignAddress}`,
        zh: `云端证书不包含 ${host}：${foreignAddress}`,
      },
      matters: { en: 'EdgeCore refuses such a certificate', zh: 'EdgeCore 会拒绝该证书' },
      cure: {
        en: `use an address of the cloud's advertiseAddresses; to add this one, on the cloud: name it in advertiseAddresses, k3s kubectl -n kubeedge delete secret cloudcoresecret, ./install.sh`,
        zh: '请使用云端 advertiseAddresses 中的地址；若要加入此地址，在云端：写入 advertiseAddresses，执行 k3s kubectl -n kubeedge delete secret cloudcoresecret，再执行 ./install.sh',
      },
    },
  ]
}

/** After the cloud was installed anew, nobody there knows this node's certificate. */
function replaced({ host, caHash }: CloudFacts, joinedCa: string | undefined): Finding[] {
  if (caHash === undefined || joinedCa === undefined || caHash === joinedCa) return []
  return [
    {
      code: 'CLOUD_REPLACED',
      severity: 'error',
      seen: {
        en: `${host} is not the cloud that this node joined: its CA certificate is another one`,
        zh: `${host} 已不是本节点加入的云端：其 CA 证书不同`,
      },
      matters: { en: 'it refuses this node, for ever', zh: '它将一直拒绝本节点' },
      cure: {
        en: `./cleanup.sh --yes; then join anew. ${NEW_TOKEN.en}`,
        zh: `执行 ./cleanup.sh --yes，然后重新加入。${NEW_TOKEN.zh}`,
      },
    },
  ]
}

function nodeName({ answers, facts }: PreflightContext, { host, nodeTaken }: CloudFacts): Finding[] {
  const name = nodeNameOf(answers, facts)
  const own = facts.installed && (facts.installed.nodeName ?? facts.hostname.toLowerCase())
  if (nodeTaken !== true || own === name) return []
  const former = facts.formerNode
  if (former?.nodeName === name && former.cloud === host) {
    return [
      {
        code: 'NODE_REJOINS',
        severity: 'note',
        seen: {
          en: `the cloud still knows ${name}: this machine was it`,
          zh: `云端仍保留节点 ${name}：本机此前即为该节点`,
        },
        matters: { en: 'it is taken over, labels and all', zh: '将接管该节点及其标签' },
        cure: {
          en: `nothing to do; for a new start, on the cloud: k3s kubectl delete node ${name}`,
          zh: `无需处理；如需全新加入，在云端执行：k3s kubectl delete node ${name}`,
        },
      },
    ]
  }
  return [
    {
      code: 'NODE_NAME_TAKEN',
      severity: 'error',
      seen: { en: `the cloud has a node ${name} already`, zh: `云端已有名为 ${name} 的节点` },
      matters: {
        en: 'two machines under one name push each other out',
        zh: '同名的两台机器会互相挤下线',
      },
      cure: {
        en: `./install.sh --node-name NAME; or, when that machine is gone, on the cloud: k3s kubectl delete node ${name}`,
        zh: `执行 ./install.sh --node-name 名称；若原机器已不存在，在云端执行：k3s kubectl delete node ${name}`,
      },
    },
  ]
}

function token({ token: given, cloud, facts }: PreflightContext): Finding[] {
  const finding = (code: PreflightCode, seen: Text, matters: Text, cure: Text = NEW_TOKEN): Finding[] => [
    { code, severity: 'error', seen, matters, cure },
  ]
  switch (given.state) {
    case 'absent':
      return finding(
        'TOKEN_MISSING',
        { en: 'no join token was given', zh: '没有给出加入令牌' },
        {
          en: 'this node has no certificate yet, and gets one for the token',
          zh: '本节点尚无证书，需凭令牌获取',
        },
        {
          en: `${NEW_TOKEN.en}; or --token-file FILE`,
          zh: `${NEW_TOKEN.zh}；或使用 --token-file 文件`,
        },
      )
    case 'unreadable':
      return finding(
        'TOKEN_UNREADABLE',
        { en: `${given.where} cannot be read: ${given.why}`, zh: `无法读取 ${given.where}：${given.why}` },
        { en: 'the join token is in it', zh: '加入令牌保存于其中' },
      )
    case 'malformed':
      return finding(
        'TOKEN_MALFORMED',
        { en: `${given.where} is no join token`, zh: `${given.where} 不是有效的加入令牌` },
        {
          en: 'a token is one line, HASH.HEADER.PAYLOAD.SIGNATURE; it may have been cut off or wrapped in copying',
          zh: '令牌为一行，形如 HASH.HEADER.PAYLOAD.SIGNATURE；可能在复制时被截断或换行',
        },
      )
    case 'given': {
      const { caHash, expires } = given.token
      // By the cloud's clock where it is known: that is the one that counts.
      const now = facts.clock + (cloud?.clockOffset ?? 0)
      if (expires !== undefined && expires <= now) {
        const at = new Date(expires * 1000).toISOString()
        const is = new Date(now * 1000).toISOString()
        return finding(
          'TOKEN_EXPIRED',
          {
            en: `the join token in ${given.where} ran out at ${at}; it is ${is}`,
            zh: `${given.where} 中的加入令牌已于 ${at} 过期；现在是 ${is}`,
          },
          { en: 'a token lives for 24 hours at most', zh: '令牌最长有效 24 小时' },
        )
      }
      if (cloud?.caHash === undefined || cloud.caHash === caHash) return []
      return finding(
        'TOKEN_FOREIGN',
        {
          en: `the join token in ${given.where} is of another cloud than ${cloud.host}`,
          zh: `${given.where} 中的加入令牌不属于云端 ${cloud.host}`,
        },
        {
          en: "the cloud's CA certificate is not the one that the token names: another cloud, or one that was installed anew",
          zh: '云端 CA 证书与令牌所指不符：可能是另一个云端，或云端已重新安装',
        },
      )
    }
  }
}
