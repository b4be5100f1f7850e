import { describe, expect, it } from 'vitest'
import type { OwnAddress } from '../node/own-addresses.ts'
import { CloudSettings, EdgeSettings } from '../settings/schema.ts'
import { type Change, cloud, codes, edge, found } from './preflight.sample.ts'

const eth0: OwnAddress = { address: '10.77.0.1', device: 'eth0', unfit: undefined }
const eth1: OwnAddress = { address: '192.168.1.5', device: 'eth1', unfit: undefined }
const dummy: OwnAddress = { address: '203.0.113.252', device: 'defroute', unfit: 'documentation' }
const pulled: OwnAddress = { address: '10.9.0.1', device: 'eth2', unfit: 'no-carrier' }
const cni: OwnAddress = { address: '10.42.0.1', device: 'cni0', unfit: 'container-bridge' }
const six: OwnAddress = { address: 'fd00::1', device: 'eth0', unfit: undefined }
const linkLocal: OwnAddress = { address: 'fe80::1', device: 'eth0', unfit: 'link-local' }

const own = (...ownAddresses: OwnAddress[]) => ({
  ownAddresses,
  addresses: ownAddresses.map(({ address }) => address),
  defaultRoute: { device: 'defroute', address: '203.0.113.252' },
})
const said = (settings: Parameters<typeof CloudSettings.parse>[0]) => ({
  role: 'cloud' as const,
  ...CloudSettings.parse(settings),
})
const installedEdge = { role: 'edge', bundle: 'x', nodeName: undefined } as const
const installed = { role: 'cloud', bundle: 'x', nodeName: undefined } as const

describe('the address that edges dial', () => {
  const cases: [string, Change, string[]][] = [
    ['one beside the dummy default route', { settings: cloud, facts: own(dummy, eth0) }, []],
    ['two', { settings: cloud, facts: own(dummy, eth0, eth1) }, ['warning CLOUD_ADDRESS_UNCERTAIN']],
    ['two, one of them chosen', { settings: said({ nodeIp: '10.77.0.1' }), facts: own(eth0, eth1) }, []],
    ['two on an installed node', { settings: cloud, facts: { ...own(eth0, eth1), installed } }, []],
    ['none but a dummy', { settings: cloud, facts: own(dummy) }, ['error ANSWER_NEEDED']],
    ['none that is plugged in', { settings: cloud, facts: own(pulled) }, ['error ANSWER_NEEDED']],
    [
      'a dummy, said so',
      { settings: said({ nodeIp: '203.0.113.252' }), facts: own(dummy, eth0) },
      ['warning CLOUD_ADDRESS_UNREACHABLE'],
    ],
    [
      'a link that is not plugged in yet, said so',
      { settings: said({ nodeIp: '10.9.0.1' }), facts: own(pulled) },
      ['warning CLOUD_ADDRESS_UNREACHABLE'],
    ],
    [
      "the pods' bridge, said so",
      { settings: said({ advertiseAddresses: ['10.42.0.1'] }), facts: own(cni, eth0) },
      ['error CLOUD_ADDRESS_UNREACHABLE'],
    ],
    [
      'loopback and link-local, said so',
      { settings: said({ advertiseAddresses: ['127.0.0.1', '169.254.1.1'] }), facts: own(eth0) },
      ['error CLOUD_ADDRESS_UNREACHABLE', 'error CLOUD_ADDRESS_UNREACHABLE'],
    ],
    [
      'the loopback by its name and as IPv6, said so',
      { settings: said({ advertiseAddresses: ['localhost', '::ffff:127.0.0.1'] }), facts: own(eth0) },
      ['error CLOUD_ADDRESS_UNREACHABLE', 'error CLOUD_ADDRESS_UNREACHABLE'],
    ],
    [
      'that of a router',
      { settings: said({ advertiseAddresses: ['20.1.1.1', 'x.org'] }), facts: own(eth0) },
      [],
    ],
  ]
  it.each(cases)('%s', (_title, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  it('is named with the others', () => {
    const [finding] = found({ settings: cloud, facts: own(dummy, eth0, eth1) })
    expect(finding?.seen.en).toBe(
      'edge nodes will connect to 10.77.0.1 (eth0); this machine also has 192.168.1.5 (eth1)',
    )
  })
})

describe("an edge's own address", () => {
  const edgeAt = (nodeIp?: string) => ({
    role: 'edge' as const,
    ...EdgeSettings.parse({ cloud: '10.77.0.9', nodeIp }),
  })
  const cases: [string, Change, string[]][] = [
    ['none but a dummy', { facts: own(dummy), addressToCloud: dummy.address }, ['error ANSWER_NEEDED']],
    ['none but a container network', { facts: own(cni) }, ['error ANSWER_NEEDED']],
    ['none at all, and a cloud that has a name', { facts: own() }, ['error ANSWER_NEEDED']],
    ['one beside the dummy default route', { facts: own(dummy, eth0), addressToCloud: dummy.address }, []],
    ['two, one of them leads to the cloud', { facts: own(eth0, eth1), addressToCloud: eth1.address }, []],
    ['two, and no route says which', { facts: own(dummy, eth0, eth1) }, ['warning NODE_IP_UNCERTAIN']],
    ['two on an installed node', { facts: { ...own(eth0, eth1), installed: installedEdge } }, []],
    ['a pulled cable', { facts: own(pulled) }, ['error ANSWER_NEEDED']],
    ['a pulled cable of an installed node', { facts: { ...own(pulled), installed: installedEdge } }, []],
    [
      'a dummy, said so',
      { settings: edgeAt(dummy.address), facts: own(dummy, eth0) },
      ['warning NODE_IP_UNREACHABLE'],
    ],
    [
      "the pods' bridge, said so",
      { settings: edgeAt(cni.address), facts: own(cni, eth0) },
      ['error NODE_IP_UNREACHABLE'],
    ],
    [
      'that of another machine',
      { settings: edgeAt('192.0.2.1'), facts: own(eth0) },
      ['error NODE_IP_FOREIGN'],
    ],
  ]
  it.each(cases)('%s', (_title, change, expected) => {
    expect(codes({ settings: edgeAt(), ...change })).toEqual(expected)
  })

  it('is asked for by its flag, with what is there', () => {
    const [finding] = found({ settings: edge, facts: own(dummy) })
    expect(finding?.fix.en).toContain('--node-ip')
    expect(finding?.matters.en).toContain('203.0.113.252 (defroute: reserved for documentation)')
  })

  it('of a cloud must be dialable too, also where edges dial another', () => {
    const settings = said({ nodeIp: cni.address, advertiseAddresses: ['x.org'] })
    expect(codes({ settings, facts: own(cni, eth0) })).toEqual(['error NODE_IP_UNREACHABLE'])
  })
})

describe('a machine without IPv4', () => {
  const only6 = { ...own(six, linkLocal), defaultRoute: undefined, hasIPv6Route: true }
  it.each([
    ['cloud', { settings: cloud, facts: only6 }, ['error NO_IPV4']],
    ['edge', { settings: edge, facts: only6 }, ['error NO_IPV4']],
  ])('says nothing but that, as %s', (_role, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  it('is told from one whose default route is IPv6 only', () => {
    const facts = { ...own(eth0, six), defaultRoute: undefined, hasIPv6Route: true }
    const [finding] = found({ settings: cloud, facts })
    expect(finding).toMatchObject({ code: 'NO_DEFAULT_ROUTE', seen: { en: expect.stringContaining('IPv6') } })
    const other = { ...facts, ...own(eth1, six), defaultRoute: undefined }
    expect(codes({ settings: edge, facts: other })).toEqual(['warning NO_DEFAULT_ROUTE'])
  })

  it('is told from one that has no network at all', () => {
    expect(codes({ settings: cloud, facts: { ...own(), defaultRoute: undefined } })).toEqual([
      'error ANSWER_NEEDED',
      'error NO_DEFAULT_ROUTE',
    ])
  })
})
