import { expect, it } from 'vitest'
import type { Unread, UnreadPart } from '../node/facts.ts'
import { type Change, cloud, codes, edge, found } from './preflight.sample.ts'

const unread = (part: UnreadPart, command: string, isMissing = false): { unread: Unread[] } => ({
  unread: [{ part, command, said: { en: 'killed', zh: 'killed' }, isMissing }],
})
const installed = { role: 'edge', bundle: 'x', nodeName: 'edge-1' } as const
const NONE = { addresses: [], ownAddresses: [], defaultRoute: undefined, iptables: undefined }

it('says what could not be found out, by which command, and what that said', () => {
  expect(found({ facts: unread('ports', 'ss -l') })).toMatchObject([
    {
      severity: 'error',
      seen: {
        en: 'could not find out which ports are in use: ss -l: killed',
        zh: expect.stringContaining('ss -l'),
      },
      fix: { en: expect.stringContaining('ss -l') },
    },
  ])
})

it.each<[string, Change, string[]]>([
  ['ports on a new machine', { facts: unread('ports', 'ss') }, ['error NOT_CHECKED']],
  ['ports without iproute2', { facts: unread('ports', 'ss', true) }, ['warning NOT_CHECKED']],
  ['ports of an installed node', { facts: { ...unread('ports', 'ss'), installed } }, ['warning NOT_CHECKED']],
  ['services of a new machine', { facts: unread('units', 'systemctl') }, ['error NOT_CHECKED']],
  ['services of an installed node', { facts: { ...unread('units', 'systemctl'), installed } }, []],
  [
    'services without systemd',
    { facts: { ...unread('units', 'systemctl'), systemd: false } },
    ['error NO_SYSTEMD'],
  ],
  [
    'modules of the kernel',
    { facts: { ...unread('modules', 'modprobe'), modules: {} } },
    ['warning NOT_CHECKED'],
  ],
  ['a firewall', { facts: unread('firewall', 'nft') }, ['warning NOT_CHECKED']],
  [
    'the route of an edge',
    { facts: { ...unread('routes', 'ip'), defaultRoute: undefined } },
    ['warning NOT_CHECKED'],
  ],
  [
    'the route of a cloud',
    { settings: cloud, facts: { ...unread('routes', 'ip'), defaultRoute: undefined } },
    ['error NOT_CHECKED'],
  ],
  [
    'the route of a cluster of others',
    { settings: cloud, kubeEdgeOnly: true, facts: unread('routes', 'ip') },
    [],
  ],
  [
    'addresses',
    {
      facts: {
        ...NONE,
        ...unread('addresses', 'ip'),
        iptables: { version: '1.8.9', backend: 'nft' },
        defaultRoute: { device: 'eth0', address: undefined },
      },
    },
    ['error NOT_CHECKED'],
  ],
  [
    'an address that was set',
    {
      settings: { ...edge, nodeIp: '10.77.0.9' },
      facts: { addresses: [], ownAddresses: [], ...unread('addresses', 'ip') },
    },
    ['error NOT_CHECKED'],
  ],
  ['iptables', { facts: { iptables: undefined, ...unread('iptables', 'iptables') } }, ['error NOT_CHECKED']],
])('has nothing else to say of what is unread: %s', (_what, change, expected) => {
  expect(codes(change)).toEqual(expected)
})

it('names the package of a program that is missing', () => {
  expect(found({ facts: unread('ports', 'ss -l', true) })[0]?.fix.en).toBe('install iproute2')
})
