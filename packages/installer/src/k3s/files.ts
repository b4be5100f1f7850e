import { dump } from 'js-yaml'
import { SYNCED_LAYERS } from '../containerd/files.ts'
import { K3S } from '../kube/access.ts'
import type { ResolvedCloud } from '../settings/cloud.ts'
import type { GeneratedFile } from '../steps/files.ts'

export const K3S_UNIT = 'k3s.service'
export const K3S_CONFIG = '/etc/rancher/k3s/config.yaml'
export const RESOLV_CONF = '/etc/rancher/k3s/resolv.conf'
/** Imported and pinned at start, and watched while K3s runs (K3s pkg/agent/containerd/watcher.go). */
export const K3S_IMAGES = '/var/lib/rancher/k3s/agent/images'

/**
 * `config.yaml` of K3s; its keys are K3s' flags. The two last entries are what `kubectl logs` and `exec` to edge nodes
 * need: no K3s tunnel leads there, and CloudStream's certificate is not of K3s' authority.
 */
export function k3sConfig(settings: ResolvedCloud): readonly GeneratedFile[] {
  const config = {
    'node-ip': settings.nodeIp,
    'advertise-address': settings.nodeIp,
    'node-name': settings.nodeName,
    ...(settings.flannelIface === undefined ? {} : { 'flannel-iface': settings.flannelIface }),
    'tls-san': [...new Set([settings.nodeIp, ...settings.advertiseAddresses])],
    disable: [...settings.k3sDisable],
    'write-kubeconfig-mode': '0600',
    'egress-selector-mode': 'disabled',
    'kube-apiserver-arg': ['kubelet-certificate-authority='],
    ...(settings.hasNameserver ? {} : { 'resolv-conf': RESOLV_CONF }),
  }
  const file = {
    to: K3S_CONFIG,
    mode: 0o600,
    content: `# Written by edgelift.\n${dump(config, { lineWidth: 200 })}`,
  }
  // K3s would name 8.8.8.8 for pods, and CoreDNS would ask it: this node settings at once that nobody is there.
  const resolver = {
    to: RESOLV_CONF,
    mode: 0o644,
    content: `# Written by edgelift.\nnameserver ${settings.nodeIp}\n`,
  }
  return settings.hasNameserver ? [file] : [file, resolver]
}

/** Beside what K3s writes for its containerd at each start, which includes it (K3s pkg/agent/templates/templates.go). */
export const K3S_CONTAINERD_FILE: GeneratedFile = {
  to: '/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/50-edgelift.toml',
  mode: 0o600,
  content: `# Written by edgelift.\nversion = 3\n\n${SYNCED_LAYERS}`,
}

export const K3S_UNIT_FILE: GeneratedFile = {
  to: `/etc/systemd/system/${K3S_UNIT}`,
  mode: 0o644,
  content: `[Unit]
Description=K3s (edgelift)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-/etc/systemd/system/k3s.service.env
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${K3S} server
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s

[Install]
WantedBy=multi-user.target
`,
}
