import { readFile, writeFile } from 'node:fs/promises'
import { isErrno, namingPath } from '@edgelift/core'
import { type Host, onHost } from './host.ts'

/**
 * What the installer, kubelet (pkg/kubelet/cm/container_manager_linux.go), kube-proxy (pkg/proxy/iptables) and K3s
 * (pkg/agent/syssetup) set.
 */
const CHANGED_BY_THE_STACK = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.forwarding',
  'net.ipv4.conf.default.forwarding',
  'net.ipv4.conf.all.route_localnet',
  'net.ipv6.conf.all.forwarding',
  'net.ipv6.conf.default.forwarding',
  'net.bridge.bridge-nf-call-iptables',
  'net.bridge.bridge-nf-call-ip6tables',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'kernel.panic',
  'kernel.panic_on_oops',
  'kernel.keys.root_maxbytes',
  'kernel.keys.root_maxkeys',
] as const

/** Values by their sysctl names. */
export type KernelSettings = Readonly<Record<string, string>>

export async function kernelSettings(host: Host): Promise<KernelSettings> {
  const found: Record<string, string> = {}
  for (const name of CHANGED_BY_THE_STACK) {
    const value = await readSetting(host, name)
    if (value !== undefined) found[name] = value
  }
  return found
}

/** Sets kernel settings back that differ by now. What the kernel refuses (in a container) stays as it is. */
export async function restoreKernelSettings(host: Host, settings: KernelSettings): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    if ((await readSetting(host, name)) === value) continue
    const file = settingFile(host, name)
    await writeFile(file, value).catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'EINVAL', 'EROFS')) namingPath(file)(error)
    })
  }
}

async function readSetting(host: Host, name: string): Promise<string | undefined> {
  try {
    return (await readFile(settingFile(host, name), 'utf8')).trim()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'EPERM')) return undefined
    throw error
  }
}

function settingFile(host: Host, name: string): string {
  return onHost(host, `/proc/sys/${name.replaceAll('.', '/')}`)
}
