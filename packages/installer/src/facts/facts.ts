/** What is known of the host. Gathered once, by reading only; preflight and the steps judge it. */
export interface Facts {
  readonly root: boolean
  /** Of `uname -m`. */
  readonly machine: string
  readonly kernel: string
  readonly distribution: string
  readonly hostname: string
  readonly systemd: boolean
  /** 1 or 2, with the controllers that are enabled. */
  readonly cgroup: { readonly version: 1 | 2; readonly controllers: readonly string[] }
  readonly memoryBytes: number
  readonly swapBytes: number
  /** Free bytes where images and containers will lie, and on the root file system. */
  readonly disks: readonly { readonly path: string; readonly freeBytes: number; readonly readOnly: boolean }[]
  /** Mount options of the archive's directory. */
  readonly directoryOptions: readonly string[]
  readonly modules: Readonly<Record<string, boolean>>
  readonly iptables: { readonly version: string; readonly backend: 'legacy' | 'nft' } | undefined
  /** The address of the interface that the default route leads over. */
  readonly defaultRoute: { readonly device: string; readonly address: string | undefined } | undefined
  readonly addresses: readonly string[]
  /** Nameservers of /etc/resolv.conf. */
  readonly nameservers: readonly string[]
  readonly localtime: boolean
  readonly listening: readonly Listening[]
  /** Active or enabled units among those that matter here. */
  readonly units: Readonly<Record<string, 'active' | 'enabled' | 'absent'>>
  readonly files: Readonly<Record<string, boolean>>
  readonly firewall: 'firewalld' | 'ufw' | undefined
  readonly selinux: string | undefined
  readonly apparmor: boolean
  /** Seconds since 1970. */
  readonly clock: number
}

export interface Listening {
  readonly address: string
  readonly port: number
  /** The program's name, where the kernel tells it. */
  readonly program: string | undefined
}
