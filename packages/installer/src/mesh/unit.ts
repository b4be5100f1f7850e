import { type BundleManifest, PATHS } from '@edgelift/bundle'
import type { GeneratedFile } from '../steps/files.ts'
import type { PackedFile } from '../steps/packed-file.ts'
import { MESH_NAME, MESH_UNIT_FILE, PROGRAMS } from './places.ts'

/** The installer and its runtime, which go on working when the archive's directory is gone. */
export function meshPrograms({ files }: BundleManifest): PackedFile[] {
  return files
    .filter(({ path }) => path === PATHS.installer || isRuntime(path))
    .map(({ path, mode }) => ({
      from: path,
      to: `${PROGRAMS}/${path}`,
      mode: mode === '0755' ? 0o755 : 0o644,
    }))
}

/** Without the licences beside it, which have folders of their own. */
function isRuntime(path: string): boolean {
  const [folder, name, below] = path.split('/')
  return folder === PATHS.runtime && name !== undefined && below === undefined
}

/**
 * It runs as root for the sake of one file, its kubeconfig of mode 0600, with no capability and a read-only system.
 * @param manifest names the loader of the runtime's libc
 */
export function meshUnit({ files }: BundleManifest): GeneratedFile {
  const loader = files.find(({ path }) => path.startsWith(`${PATHS.runtime}/ld-linux-`))?.path
  if (loader === undefined) throw new Error('the archive has no runtime')
  const runtime = `${PROGRAMS}/${PATHS.runtime}`
  const start = [
    `${PROGRAMS}/${loader} --inhibit-cache --library-path ${runtime}`,
    `${PROGRAMS}/${PATHS.runtimeNode} ${PROGRAMS}/${PATHS.installer} mesh-refresh --lang en`,
  ].join(' ')
  return {
    to: MESH_UNIT_FILE,
    mode: 0o644,
    content: `[Unit]
Description=Refresh of Endpoints on edges after a start of CloudCore (edgelift)
After=network-online.target k3s.service
Wants=network-online.target

[Service]
ExecStart=${start}
Restart=always
RestartSec=5s
RuntimeDirectory=${MESH_NAME}
RuntimeDirectoryPreserve=restart
MemoryMax=200M
CapabilityBoundingSet=
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX

[Install]
WantedBy=multi-user.target
`,
  }
}
