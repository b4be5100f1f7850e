import type { Role } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import type { Unread, UnreadPart } from '../node/facts.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'
import { WHY_OPEN } from './firewall-findings.ts'
import { notChecked } from './not-checked.ts'

type Parts = Readonly<Record<UnreadPart, { readonly what: Text; readonly matters: Text }>>

const partsOf = (role: Role): Parts => ({
  ports: {
    what: { en: 'which ports are in use', zh: '端口占用情况' },
    matters: {
      en: 'if another program uses a port of this installation, a service will not start',
      zh: '若所需端口已被其他程序占用，服务将无法启动',
    },
  },
  units: {
    what: { en: 'which services are installed', zh: '本机已有的服务' },
    matters: {
      en: 'there may be a K3s, a kubelet or a container runtime here that edgelift did not install: both would use the same ports, files and containers',
      zh: '本机可能已有并非由 edgelift 安装的 K3s、kubelet 或容器运行时，两者会争用相同的端口、文件和容器',
    },
  },
  firewall: {
    what: { en: 'whether a firewall is active', zh: '防火墙是否启用' },
    matters: WHY_OPEN[role],
  },
  addresses: {
    what: { en: 'the addresses of this machine', zh: '本机地址' },
    matters: {
      en: "the node's address is chosen from them, and certificates name it",
      zh: '需要从中选择节点地址，证书也使用该地址',
    },
  },
  routes: {
    what: { en: 'the default route', zh: '默认路由' },
    matters: {
      en: 'without one, programs on this host cannot reach service addresses',
      zh: '没有默认路由时，本机程序无法访问 Service 地址',
    },
  },
  modules: {
    what: {
      en: 'whether the kernel can load overlay and br_netfilter',
      zh: '内核能否加载 overlay 与 br_netfilter',
    },
    matters: { en: 'container file systems and services need them', zh: '容器文件系统与 Service 依赖它们' },
  },
  iptables: {
    what: { en: 'the version of iptables', zh: 'iptables 版本' },
    matters: {
      en: 'CNI plugins, kube-proxy and CloudCore need it',
      zh: 'CNI 插件、kube-proxy 与 CloudCore 依赖它',
    },
  },
})

/** What of this machine is not known since a program failed that would have shown it. Pure. */
export function unreadFindings(context: PreflightContext): Finding[] {
  return context.facts.unread.flatMap((one) => {
    const severity = severityOf(one, context)
    return severity === undefined ? [] : [finding(one, severity, context.settings.role)]
  })
}

/** As that of the finding which it may hide; undefined where it may hide none. */
function severityOf(
  { part, isMissing }: Unread,
  { facts, settings, kubeEdgeOnly }: PreflightContext,
): Finding['severity'] | undefined {
  const isFirst = facts.installed === undefined
  switch (part) {
    case 'ports':
      return isFirst && !isMissing ? 'error' : 'warning'
    case 'units':
      return isFirst && !kubeEdgeOnly && facts.systemd ? 'error' : undefined
    case 'firewall':
    case 'modules':
      return 'warning'
    case 'routes':
      if (kubeEdgeOnly) return undefined
      return settings.role === 'cloud' ? 'error' : 'warning'
    case 'addresses':
    case 'iptables':
      return 'error'
  }
}

function finding(unread: Unread, severity: Finding['severity'], role: Role): Finding {
  const { part, command, isMissing } = unread
  const found = notChecked(unread, { severity, ...partsOf(role)[part] })
  if (!isMissing) return found
  const [program = ''] = command.split(' ')
  const software = ['ip', 'ss'].includes(program) ? 'iproute2' : program
  return { ...found, fix: { en: `install ${software}`, zh: `请安装 ${software}` } }
}
