import type { GeneratedFile } from '../steps/files.ts'
import type { PackedFile } from '../steps/packed-file.ts'

export const CONTAINERD_CONFIG = '/etc/containerd/config.toml'
export const CONTAINERD_UNIT = 'containerd.service'
const CONFLIST = '/etc/cni/net.d/10-containerd-net.conflist'
/** The CNI network's name; plugins write it into the comments of their iptables rules. */
export const NETWORK = 'containerd-net'

/** Folders that the archive's containerd fills. */
export const CONTAINERD_TREES = [
  '/var/lib/containerd',
  '/run/containerd',
  '/run/nri',
  '/opt/containerd',
] as const
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock'

/** The plugins of {@link CONFLIST_FILE}, and `loopback`, which the CRI plugin starts for every pod. */
export const CNI_NAMES = ['bridge', 'firewall', 'host-local', 'loopback', 'portmap'] as const

/** containerd, its shim and ctr, runc, and the CNI plugins, where their own documentation puts them. */
export const RUNTIME_PROGRAMS: readonly PackedFile[] = [
  ...['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => ({
    from: `bin/${name}`,
    to: `/usr/local/bin/${name}`,
    mode: 0o755,
  })),
  { from: 'runc', to: '/usr/local/sbin/runc', mode: 0o755 },
  ...CNI_NAMES.map((name) => ({ from: `cni/bin/${name}`, to: `/opt/cni/bin/${name}`, mode: 0o755 })),
]

/**
 * containerd 2.x: an unpacked layer is on the disk before it counts as unpacked (containerd plugins/services/diff/local.go).
 * It is never compared again: without this, a power loss half a minute after it leaves empty files in every container,
 * also when the image is imported once more.
 */
export const SYNCED_LAYERS = `[plugins.'io.containerd.service.v1.diff-service']
  sync_fs = true
`

/**
 * containerd 2.x (config version 3): the sandbox image of the archive, and systemd's cgroup driver, which EdgeCore is
 * told as well.
 */
export function containerdConfigText(sandboxImage: string): string {
  return `# Written by edgelift.
version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${sandboxImage}'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/opt/cni/bin']
  conf_dir = '/etc/cni/net.d'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = '/usr/local/sbin/runc'
  SystemdCgroup = true

${SYNCED_LAYERS}`
}

/** A network for pods of this node. Without one containerd is not ready, and the node stays NotReady. */
export const CONFLIST_FILE: GeneratedFile = {
  to: CONFLIST,
  mode: 0o644,
  content: `${JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: NETWORK,
      plugins: [
        {
          type: 'bridge',
          bridge: 'cni0',
          isGateway: true,
          ipMasq: true,
          promiscMode: true,
          ipam: {
            type: 'host-local',
            ranges: [[{ subnet: '10.88.0.0/16' }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    },
    null,
    2,
  )}\n`,
}

/** What bridged pod traffic needs of the kernel. */
export const KERNEL_FILES: readonly GeneratedFile[] = [
  { to: '/etc/modules-load.d/edgelift.conf', mode: 0o644, content: 'overlay\nbr_netfilter\n' },
  {
    to: '/etc/sysctl.d/90-edgelift.conf',
    mode: 0o644,
    content: 'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\n',
  },
]

export const CONTAINERD_UNIT_FILE: GeneratedFile = {
  to: `/etc/systemd/system/${CONTAINERD_UNIT}`,
  mode: 0o644,
  content: `[Unit]
Description=containerd (edgelift)
After=network.target local-fs.target

[Service]
Type=notify
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/containerd
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`,
}
