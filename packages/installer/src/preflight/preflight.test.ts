import type { BundleManifest } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import type { Answers } from '../answers/load.ts'
import { CloudAnswers, EdgeAnswers } from '../answers/schema.ts'
import type { Facts } from '../facts/facts.ts'
import { preflight, refusal } from './preflight.ts'

const facts: Facts = {
  root: true,
  machine: 'x86_64',
  kernel: '6.1.0',
  distribution: 'Debian GNU/Linux 12',
  hostname: 'edge-1',
  systemd: true,
  cgroup: { version: 2, controllers: ['cpu', 'cpuset', 'memory'] },
  memoryBytes: 4e9,
  swapBytes: 0,
  disks: [{ path: '/var/lib', freeBytes: 50e9, readOnly: false }],
  directoryOptions: ['rw'],
  modules: { overlay: true, br_netfilter: true },
  iptables: { version: '1.8.9', backend: 'nft' },
  defaultRoute: { device: 'eth0', address: '10.77.0.2' },
  addresses: ['127.0.0.1', '10.77.0.2'],
  nameservers: ['10.77.0.1'],
  localtime: true,
  listening: [],
  units: {},
  files: {},
  firewall: undefined,
  selinux: undefined,
  apparmor: false,
  clock: 0,
}

function manifest(role: 'cloud' | 'edge'): BundleManifest {
  return {
    format: 'edgelift/bundle/v1',
    name: 'x',
    role,
    platform: 'linux/amd64',
    release: { name: 'kubeedge', version: '1.22.0' },
    lock: '',
    edgelift: '',
    versions: {},
    files: [],
    images: [],
    charts: [],
    options: [{ name: 'gateway', title: { en: 'x', zh: 'x' }, default: false }],
    settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
    standIns: [],
  }
}

const edge: Answers = { role: 'edge', ...EdgeAnswers.parse({}) }
const cloud: Answers = { role: 'cloud', ...CloudAnswers.parse({}) }

interface Change {
  answers?: Answers
  facts?: Partial<Facts>
  manifest?: Partial<BundleManifest>
  allowStandIns?: boolean
}

function codes({
  answers = edge,
  facts: changed = {},
  manifest: other = {},
  allowStandIns = false,
}: Change): string[] {
  const context = {
    manifest: { ...manifest(answers.role), ...other },
    answers,
    facts: { ...facts, ...changed },
    allowStandIns,
  }
  return preflight(context).map((finding) => `${finding.severity} ${finding.code}`)
}

it('finds nothing on a machine that is ready', () => {
  expect(codes({})).toEqual([])
  expect(codes({ answers: cloud })).toEqual([])
})

describe('finds', () => {
  const listening = (port: number, program?: string, address = '0.0.0.0') => [{ address, port, program }]
  const cases: [string, Change, string][] = [
    ['no root', { facts: { root: false } }, 'error NOT_ROOT'],
    ['another architecture', { facts: { machine: 'aarch64' } }, 'error WRONG_PLATFORM'],
    ['no systemd', { facts: { systemd: false } }, 'error NO_SYSTEMD'],
    ['no localtime', { facts: { localtime: false } }, 'error NO_LOCALTIME'],
    [
      'a missing controller',
      { facts: { cgroup: { version: 2, controllers: ['cpu', 'cpuset'] } } },
      'error CGROUP_CONTROLLER_MISSING',
    ],
    [
      'a read-only disk',
      { facts: { disks: [{ path: '/var/lib', freeBytes: 1e9, readOnly: true }] } },
      'error DISK_READ_ONLY',
    ],
    ['no overlay', { facts: { modules: { overlay: false } } }, 'error MODULE_MISSING'],
    ['a taken port', { facts: { listening: listening(10550, 'nginx') } }, 'error PORT_TAKEN'],
    ['a DNS server on every address', { facts: { listening: listening(53, 'dnsmasq') } }, 'error PORT_TAKEN'],
    ['no nameserver', { facts: { nameservers: [] } }, 'error NO_NAMESERVER'],
    ['a nameserver that loops', { facts: { nameservers: ['169.254.96.16'] } }, 'error NAMESERVER_LOOP'],
    ['no default route and no nodeIp', { facts: { defaultRoute: undefined } }, 'error NO_DEFAULT_ROUTE'],
    [
      'no default route on an edge that names its address',
      { facts: { defaultRoute: undefined }, answers: { ...edge, nodeIp: '10.77.0.2' } },
      'warning NO_DEFAULT_ROUTE',
    ],
    ['an address of another machine', { answers: { ...edge, nodeIp: '10.9.9.9' } }, 'error NODE_IP_FOREIGN'],
    ['a host name that is no node name', { facts: { hostname: 'Edge_1' } }, 'error NODE_NAME_INVALID'],
    [
      'a foreign containerd',
      { facts: { units: { 'containerd.service': 'active' } } },
      'error ALREADY_PRESENT',
    ],
    [
      'a foreign K3s',
      { answers: cloud, facts: { units: { 'k3s.service': 'active' } } },
      'error ALREADY_PRESENT',
    ],
    ['an unknown option', { answers: { ...edge, options: ['gatewy'] } }, 'error OPTION_UNKNOWN'],
    ['stand-ins', { manifest: { standIns: ['edgecore'] } }, 'error STAND_INS'],
    ['noexec', { facts: { directoryOptions: ['rw', 'noexec'] } }, 'error DIRECTORY_NOEXEC'],
    ['swap', { facts: { swapBytes: 1e9 } }, 'warning SWAP_ON'],
    ['a firewall', { facts: { firewall: 'firewalld' } }, 'warning FIREWALL_ACTIVE'],
  ]
  it.each(cases)('%s', (_title, change, expected) => {
    expect(codes(change)).toEqual([expected])
  })
})

it('leaves alone what is its own: ports, units, the local resolver, allowed stand-ins', () => {
  const own = {
    units: { 'containerd.service': 'active' as const },
    files: { '/var/lib/edgelift/receipt.json': true },
  }
  expect(codes({ facts: own })).toEqual([])
  expect(
    codes({ facts: { listening: [{ address: '127.0.0.1', port: 10550, program: 'edgecore' }] } }),
  ).toEqual([])
  expect(
    codes({ facts: { listening: [{ address: '127.0.0.53', port: 53, program: 'systemd-resolve' }] } }),
  ).toEqual([])
  expect(codes({ manifest: { standIns: ['x'] }, allowStandIns: true })).toEqual(['warning STAND_INS'])
})

it('refuses with everything that is wrong at once, and not for warnings', () => {
  const context = { manifest: manifest('edge'), answers: edge, allowStandIns: false }
  const many = preflight({ ...context, facts: { ...facts, root: false, localtime: false, swapBytes: 1 } })
  expect(refusal(many)).toMatchObject({
    exit: 3,
    because: { en: expect.stringMatching(/NOT_ROOT.*NO_LOCALTIME/) },
  })
  expect(refusal(preflight({ ...context, facts: { ...facts, swapBytes: 1 } }))).toBeUndefined()
})
