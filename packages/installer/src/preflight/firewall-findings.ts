import type { Role } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import type { Firewall } from '../node/facts.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** What has to come in: TCP ports that other machines dial, and networks of containers on this one. */
interface Inbound {
  readonly ports: readonly number[]
  readonly networks: readonly string[]
}

/** An edge is dialled only where it is a relay; its pods ask EdgeMesh's DNS and proxy on the node itself. */
const INBOUND: Readonly<Record<Role, Inbound>> = {
  cloud: { ports: [6443, 10000, 10002, 10004, 20006], networks: ['10.42.0.0/16', '10.43.0.0/16'] },
  edge: { ports: [20006], networks: ['10.88.0.0/16'] },
}

/** Why it matters whether a firewall is active. */
export const WHY_OPEN: Readonly<Record<Role, Text>> = {
  cloud: {
    en: 'edges must reach the cloud at 10000, 10002, 10004 and 20006; kubectl at 6443; pods each other',
    zh: '边缘节点须能访问云端 10000、10002、10004、20006，kubectl 须能访问 6443，Pod 之间须互通',
  },
  edge: {
    en: 'pods must reach the EdgeMesh agent on this node; other nodes must reach port 20006 if this node is a relay',
    zh: 'Pod 须能访问本节点的 EdgeMesh agent；若本节点为中继节点，其他节点须能访问 20006 端口',
  },
}

/** A firewall that is active: what it has to let in. Pure. */
export function firewallFindings({ facts, settings }: PreflightContext): Finding[] {
  const { firewall } = facts
  if (firewall === undefined) return []
  return [
    {
      code: 'FIREWALL_ACTIVE',
      severity: 'warning',
      seen: { en: `${firewall} filters incoming connections`, zh: `${firewall} 正在过滤入站流量` },
      matters: WHY_OPEN[settings.role],
      fix: cure(firewall, INBOUND[settings.role]),
    },
  ]
}

function cure(firewall: Firewall, { ports, networks }: Inbound): Text {
  switch (firewall) {
    case 'firewalld': {
      const open = ports.map((port) => `--add-port=${port}/tcp`).join(' ')
      const sources = networks.map((network) => `--add-source=${network}`).join(' ')
      return run(
        `firewall-cmd --permanent ${open}; firewall-cmd --permanent --zone=trusted ${sources}; firewall-cmd --reload`,
      )
    }
    case 'ufw':
      return run(
        [`ufw allow ${ports.join(',')}/tcp`, ...networks.map((network) => `ufw allow from ${network}`)].join(
          '; ',
        ),
      )
    case 'iptables':
      return afterReboot(
        `iptables -I INPUT -p tcp -m multiport --dports ${ports.join(',')} -j ACCEPT; iptables -I INPUT -s ${networks.join(',')} -j ACCEPT`,
      )
    case 'nftables': {
      const rules = `tcp dport { ${ports.join(', ')} }`
      const sources = `ip saddr { ${networks.join(', ')} }`
      return {
        en: `accept ${rules} and ${sources} in /etc/nftables.conf (RHEL, openEuler: /etc/sysconfig/nftables.conf), then: systemctl reload nftables`,
        zh: `在 /etc/nftables.conf（RHEL、openEuler：/etc/sysconfig/nftables.conf）中放行 ${rules} 与 ${sources}，然后执行 systemctl reload nftables`,
      }
    }
  }
}

/** The kernel forgets rules of iptables: each distribution has its own service that loads them again. */
function afterReboot(command: string): Text {
  const { en, zh } = run(command)
  return {
    en: `${en}; to keep the rules after a reboot: netfilter-persistent save (Debian, Ubuntu), service iptables save (RHEL, openEuler)`,
    zh: `${zh}；如需重启后保留规则：netfilter-persistent save（Debian、Ubuntu）、service iptables save（RHEL、openEuler）`,
  }
}

function run(command: string): Text {
  return { en: command, zh: `执行 ${command}` }
}
