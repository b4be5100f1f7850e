import type { GeneratedFile } from '../steps/files.ts'
import type { PackedFile } from '../steps/packed-file.ts'

export const EDGECORE = '/usr/local/bin/edgecore'
export const EDGECORE_UNIT = 'edgecore.service'

/** Folders that EdgeCore and the pods of this stack fill. */
export const EDGECORE_TREES = [
  '/etc/kubeedge',
  '/var/lib/kubeedge',
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/kubeedge',
  '/var/log/pods',
  '/var/log/containers',
] as const
/** Where EdgeCore's kubelet has a folder for each of its pods, by their uid. */
export const KUBELET_PODS = '/var/lib/kubelet/pods'
/** Folders that EdgeCore and containerd create and others use as well. */
export const EDGE_FOLDERS = ['/run/netns', '/usr/libexec/kubernetes/kubelet-plugins/volume/exec'] as const

export const EDGECORE_PROGRAMS: readonly PackedFile[] = [
  { from: 'edgecore', to: EDGECORE, mode: 0o755 },
  { from: 'keadm', to: '/usr/local/bin/keadm', mode: 0o755 },
]

export const EDGECORE_UNIT_FILE: GeneratedFile = {
  to: `/etc/systemd/system/${EDGECORE_UNIT}`,
  mode: 0o644,
  content: `[Unit]
Description=KubeEdge EdgeCore (edgelift)
After=network.target containerd.service
Wants=containerd.service

[Service]
Type=simple
ExecStart=/usr/local/bin/edgecore
Restart=always
RestartSec=10
KillMode=process

[Install]
WantedBy=multi-user.target
`,
}
