import type { Text } from '@edgelift/core'
import { type CloudFacts, RELAY_PORT } from '../inspect/cloud-facts.ts'
import type { PortState } from '../node/port-state.ts'
import { HTTPS_AFTER_HUB, TUNNEL_AFTER_HUB } from '../settings/edge.ts'
import type { PreflightCode } from './codes.ts'
import type { Finding } from './finding.ts'

/** Which of the cloud's ports an edge does not reach, and how it fails: the fix is another one each time. Pure. */
export function reachFindings(cloud: CloudFacts): Finding[] {
  const { host, resolved, ports } = cloud
  if (!resolved) {
    return [
      {
        code: 'CLOUD_NAME_UNKNOWN',
        severity: 'error',
        seen: { en: `cannot resolve ${host}`, zh: `无法解析主机名 ${host}` },
        matters: { en: 'EdgeCore resolves it at every connection', zh: 'EdgeCore 会反复解析该名称' },
        fix: {
          en: `add it to /etc/hosts ("10.0.0.1 ${host}"), or set cloud to an address`,
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
  const [ports, zhPorts] = [list.join(', '), list.join('、')]
  const words: Record<Closed['state'], { code: PreflightCode; seen: Text; fix: Text }> = {
    refused: {
      code: 'CLOUD_REFUSED',
      seen: { en: `${host} refuses TCP ${ports}`, zh: `${host} 拒绝连接 TCP ${zhPorts}` },
      fix: {
        en: 'nothing listens there: run ./edgelift doctor on the cloud node, and check the address',
        zh: '云端没有程序监听：请在云端执行 ./edgelift doctor，并确认地址无误',
      },
    },
    silent: {
      code: 'CLOUD_SILENT',
      seen: {
        en: `${host} does not respond at TCP ${ports} within 3 seconds`,
        zh: `${host} 的 TCP ${zhPorts} 在 3 秒内无响应`,
      },
      fix: {
        en: `a firewall drops the packets, or the machine is off: open TCP ${hub}, ${hub + HTTPS_AFTER_HUB}, ${hub + TUNNEL_AFTER_HUB} and ${RELAY_PORT} on the cloud node and on the way`,
        zh: `可能被防火墙丢弃或机器未开机：请在云端及沿途开放 TCP ${hub}、${hub + HTTPS_AFTER_HUB}、${hub + TUNNEL_AFTER_HUB} 和 ${RELAY_PORT}`,
      },
    },
    unreachable: {
      code: 'CLOUD_UNREACHABLE',
      seen: { en: `${host} is unreachable (TCP ${ports})`, zh: `网络无法到达 ${host}（TCP ${zhPorts}）` },
      fix: {
        en: `check cable, address and route: ip route get ${host}`,
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
    return { en: `${port}: the certificate for this node`, zh: `${port}：节点在此获取证书` }
  if (port === RELAY_PORT)
    return { en: `${port}: EdgeMesh, services between nodes`, zh: `${port}：EdgeMesh，节点间的服务访问` }
  return { en: `${port}: kubectl logs and exec`, zh: `${port}：kubectl logs 与 exec` }
}
