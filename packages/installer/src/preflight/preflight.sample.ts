import type { BundleManifest } from '@edgelift/bundle'
import { same } from '@edgelift/core'
import type { CloudFacts } from '../inspect/cloud-facts.ts'
import type { GivenToken } from '../kubeedge/join-token.ts'
import type { Facts, Place } from '../node/facts.ts'
import { PLACES } from '../node/places.ts'
import { CloudSettings, EdgeSettings } from '../settings/schema.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'
import { preflight } from './preflight.ts'

export const NOW = Date.UTC(2026, 0, 1) / 1000
export const CA = 'a'.repeat(64)

function place(path: string, changed: Partial<Place> = {}): Place {
  return { path, mount: '/', options: ['rw'], freeBytes: 50e9, totalBytes: 100e9, ...changed }
}

export const facts: Facts = {
  root: true,
  machine: 'x86_64',
  kernel: '6.1.0',
  distribution: 'Debian GNU/Linux 12',
  hostname: 'edge-1',
  systemd: true,
  cgroup: { version: 2, controllers: ['cpu', 'cpuset', 'memory'] },
  memoryBytes: 4e9,
  swapBytes: 0,
  swapSources: [],
  places: [...Object.values(PLACES), '/data/x'].map((path) => place(path)),
  modules: { overlay: true, br_netfilter: true },
  iptables: { version: '1.8.9', backend: 'nft' },
  defaultRoute: { device: 'eth0', address: '10.77.0.2' },
  hasIPv6Route: false,
  addresses: ['127.0.0.1', '10.77.0.2'],
  ownAddresses: [
    { address: '127.0.0.1', device: 'lo', unfit: 'loopback' },
    { address: '10.77.0.2', device: 'eth0', unfit: undefined },
  ],
  nameservers: ['10.77.0.1'],
  localtime: true,
  zoneinfo: true,
  listening: [],
  units: {},
  files: {},
  k3sReads: [],
  cni: [],
  firewall: undefined,
  selinux: undefined,
  apparmor: false,
  clock: NOW,
  installed: undefined,
  formerNode: undefined,
  joined: false,
  joinedCa: undefined,
  certificateEnds: undefined,
  unread: [],
}

export const reachable: CloudFacts = {
  host: '10.77.0.1',
  resolved: true,
  ports: [10000, 10002, 10004, 20006].map((port) => ({ port, state: 'open' })),
  caHash: CA,
  clockOffset: 0,
  nodeTaken: false,
  foreignAddress: undefined,
}

export function token(expires = NOW + 40_000, caHash = CA): GivenToken {
  return { state: 'given', where: same('the file'), token: { text: 'secret', caHash, expires } }
}

const context = {
  manifest: manifest('edge'),
  directory: '/data/x',
  facts,
  allowPlaceholders: false,
  allowDowngrade: false,
  kubeEdgeOnly: false,
  dryRun: false,
  joined: false,
  openFiles: [],
  openPsk: undefined,
  strangeVariables: [],
  psk: { state: 'kept' },
} as const

function manifest(role: 'cloud' | 'edge'): BundleManifest {
  return {
    format: 'edgelift/bundle/v1',
    name: 'x',
    role,
    platform: 'linux/amd64',
    release: { name: 'kubeedge', version: '1.22.0' },
    lock: '',
    edgelift: '',
    packed: { size: 0, sha256: '0'.repeat(64) },
    versions: {},
    files: [],
    images: [],
    charts: [],
    options: [{ name: 'gateway', title: { en: 'x', zh: 'x' }, default: false }],
    settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
    placeholders: [],
  }
}

export const edge = { role: 'edge' as const, ...EdgeSettings.parse({ cloud: '10.77.0.1' }) }
export const cloud = { role: 'cloud' as const, ...CloudSettings.parse({}) }

export interface Change extends Partial<Omit<PreflightContext, 'facts' | 'manifest'>> {
  facts?: Partial<Facts>
  manifest?: Partial<BundleManifest>
}

export function found({
  settings = edge,
  facts: changed = {},
  manifest: other = {},
  ...rest
}: Change): Finding[] {
  const isEdge = settings.role === 'edge'
  return preflight({
    ...context,
    settings,
    manifest: { ...manifest(settings.role), ...other },
    facts: { ...facts, ...changed },
    cloud: isEdge ? reachable : undefined,
    token: isEdge ? token() : { state: 'absent' },
    ...rest,
  })
}

export function codes(change: Change): string[] {
  return found(change).map((finding) => `${finding.severity} ${finding.code}`)
}
