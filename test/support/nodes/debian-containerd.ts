import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { nodesFolder, once } from './cache.ts'
import type { TestNode } from './types.ts'

/** What Debian 12's packages containerd (1.6) and runc put on a machine. */
const FILES = [
  './usr/bin/containerd',
  './usr/bin/containerd-shim-runc-v2',
  './usr/bin/ctr',
  './usr/sbin/runc',
  './etc/containerd/config.toml',
  './lib/systemd/system/containerd.service',
]

/** Lays down Debian 12's containerd with the configuration of its package, and starts it. */
export async function installDebianContainerd(node: TestNode): Promise<void> {
  const tar = path.join(nodesFolder(), 'debian-12-containerd.tar')
  await once(tar, async (file) => {
    const mirror = process.env.EDGELIFT_DEBIAN_MIRROR
    const args = ['--variant=extract', '--format=tar', '--include=containerd,runc', 'bookworm', file]
    await mustExec(exec, 'mmdebstrap', mirror === undefined ? args : [...args, mirror])
  })
  await mustExec(exec, 'tar', ['-x', '--keep-directory-symlink', '-f', tar, '-C', node.root, ...FILES])
  await node.exec('systemctl daemon-reload && systemctl enable --now containerd')
}
