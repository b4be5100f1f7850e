import type { Text } from '@edgelift/core'
import type { OwnAddress } from './own-addresses.ts'
import type { Resolver } from './resolver.ts'
import type { SwapSource } from './swap.ts'

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
  /** What turns it on at boot; empty where none is on. */
  readonly swapSources: readonly SwapSource[]
  /** The folders that an installation writes to or runs programs from, and the archive's own. */
  readonly places: readonly Place[]
  readonly modules: Readonly<Record<string, boolean>>
  readonly iptables: { readonly version: string; readonly backend: 'legacy' | 'nft' } | undefined
  /** The IPv4 default route: its device, and the address of that. */
  readonly defaultRoute: { readonly device: string; readonly address: string | undefined } | undefined
  /** Whether an IPv6 default route exists. */
  readonly hasIPv6Route: boolean
  readonly addresses: readonly string[]
  /** The same with their devices, and with what keeps other machines from dialling them. */
  readonly ownAddresses: readonly OwnAddress[]
  /** Nameservers of /etc/resolv.conf. */
  readonly nameservers: readonly string[]
  /** What has to be known to write a nameserver there; undefined where those of now will do. */
  readonly resolver?: Resolver | undefined
  readonly localtime: boolean
  /** Whether the time zones are installed, to which /etc/localtime would lead. */
  readonly zoneinfo: boolean
  readonly listening: readonly Listening[]
  readonly units: Readonly<Record<string, UnitState>>
  readonly files: Readonly<Record<string, boolean>>
  /** Files of others from which K3s takes settings beside ours. */
  readonly k3sReads: readonly string[]
  /** Networks that somebody configured for containers: the files' names in /etc/cni/net.d. */
  readonly cni: readonly string[]
  readonly firewall: Firewall | undefined
  readonly selinux: string | undefined
  readonly apparmor: boolean
  /** Seconds since 1970. */
  readonly clock: number
  /** What edgelift has installed here, complete or not. */
  readonly installed: Installed | undefined
  /** The edge node that this machine was until its cleanup. */
  readonly formerNode: { readonly nodeName: string; readonly cloud: string } | undefined
  /** Whether this machine has a certificate from a cloud, of whatever name. */
  readonly joined: boolean
  /** SHA-256 of that cloud's CA certificate (DER), in hexadecimal. */
  readonly joinedCa: string | undefined
  /** When the certificate that this machine has from a cloud ends, in milliseconds since 1970. */
  readonly certificateEnds: number | undefined
  /** What could not be looked at: the facts above have it as if it were not there, and nobody may conclude that from them. */
  readonly unread: readonly Unread[]
}

/** `addresses` are those of the links, `routes` the IPv4 default route, `units` and `ports` those of others, too. */
export type UnreadPart = 'ports' | 'units' | 'firewall' | 'addresses' | 'routes' | 'iptables' | 'modules'

/** A part of the facts that is not known. */
export interface Unread extends Unheard {
  readonly part: UnreadPart
}

/** A question without an answer. */
export interface Unheard {
  /** The command line that would have shown it. */
  readonly command: string
  /** Why it did not. */
  readonly said: Text
  /** Whether that is since the program is not installed. */
  readonly isMissing: boolean
}

/** Whether a part of the facts is not known. */
export function isUnread({ unread }: Pick<Facts, 'unread'>, part: UnreadPart): boolean {
  return unread.some((one) => one.part === part)
}

export interface Inodes {
  readonly free: number
  readonly total: number
}

export interface Place {
  readonly path: string
  /** Where the file system is mounted that the folder lies on, or will lie on. */
  readonly mount: string
  readonly options: readonly string[]
  readonly freeBytes: number
  /** What the file system can hold. */
  readonly totalBytes: number
  /** Its inodes, one for each file; undefined where it makes them as they are needed (btrfs). */
  readonly inodes?: Inodes | undefined
}

export type Firewall = 'firewalld' | 'ufw' | 'iptables' | 'nftables'

/** `present`: known to systemd, and neither running nor started at boot. */
export type UnitState = 'active' | 'enabled' | 'present' | 'absent'

export interface Installed {
  readonly role: 'cloud' | 'edge'
  readonly bundle: string
  /** Undefined where the receipt does not say. */
  readonly release?: { readonly name: string; readonly version: string } | undefined
  /** The lock of the release that it replaces, while there is a way back to that. */
  readonly former?: string | undefined
  /** The name that it was given; undefined: the host's. */
  readonly nodeName: string | undefined
  /** Of an edge: where it finds its cloud. */
  readonly cloud?: string | undefined
  /** The address that K3s or EdgeCore was set up with; undefined before, and where the cluster is another's. */
  readonly nodeIp?: string | undefined
}

export interface Listening {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  /** The program's name, where the kernel tells it. */
  readonly program: string | undefined
}

/** The command and what it said. */
export function formatUnread({ command, said }: Unheard): Text {
  return { en: `${command}: ${said.en}`, zh: `${command}：${said.zh}` }
}
