import { describe, expect, it } from 'vitest'
import type { Facts } from '../node/facts.ts'
import { type Change, cloud, codes, edge, facts, found } from './preflight.sample.ts'

type Listening = Facts['listening'][number]
const tcp = (port: number, program?: string, address = '0.0.0.0'): Listening => ({
  ...{ protocol: 'tcp', address, port, program },
})
const installedAs = (role: 'cloud' | 'edge') => ({ role, bundle: 'x', nodeName: undefined })

describe('a port', () => {
  const cases: [string, Change, Listening, string[]][] = [
    ['of UDP is another one', {}, { ...tcp(10550), protocol: 'udp' }, []],
    ['of the other role is free', {}, tcp(10000), []],
    ['of CloudHub is taken', { settings: cloud }, tcp(10000, 'nginx'), ['error PORT_TAKEN']],
    [
      'of ours is not taken by our own program on an installed node',
      { settings: cloud, facts: { installed: installedAs('cloud') } },
      tcp(6443, 'k3s-server'),
      [],
    ],
    [
      'of ours may be taken by another program on an installed node, too',
      { settings: cloud, facts: { installed: installedAs('cloud') } },
      tcp(10000, 'nginx'),
      ['error PORT_TAKEN'],
    ],
    [
      'whose program nobody knows is ours on an installed node',
      { facts: { installed: installedAs('edge') } },
      tcp(10350),
      [],
    ],
    ['whose program nobody knows is taken on a new one', {}, tcp(10350), ['error PORT_TAKEN']],
    ['of EdgeCore’s kubelet is taken', {}, tcp(10350, 'nginx', '127.0.0.1'), ['error PORT_TAKEN']],
    ['of another kubelet is free on an edge, which has none', {}, tcp(10250, 'node_exporter'), []],
    [
      'of CloudCore’s metrics is taken',
      { settings: cloud },
      tcp(9091, 'pushgateway', '::'),
      ['error PORT_TAKEN'],
    ],
    [
      'of metaServer is taken by an IPv6 socket, too',
      {},
      tcp(10550, 'x', '::ffff:127.0.0.1'),
      ['error PORT_TAKEN'],
    ],
    ['of CloudCore’s metrics is free beside it', { settings: cloud }, tcp(9091, 'x', '10.77.0.1'), []],
    ['of metaServer is free where a program keeps to another address', {}, tcp(10550, 'x', '10.77.0.2'), []],
    ['of the kubelet is taken on a cloud', { settings: cloud }, tcp(10250, 'nginx'), ['error PORT_TAKEN']],
    ['of an existing cluster is its own', { settings: cloud, kubeEdgeOnly: true }, tcp(10250, 'kubelet'), []],
    [
      'of CloudHub is taken on an existing cluster, too',
      { settings: cloud, kubeEdgeOnly: true },
      tcp(10000, 'cloudcore'),
      ['error PORT_TAKEN'],
    ],
    ['53 is free on the cloud', { settings: cloud }, tcp(53, 'dnsmasq'), []],
    ['53 is taken at the address of EdgeMesh', {}, tcp(53, 'dnsmasq', '169.254.96.16'), ['error PORT_TAKEN']],
    ['53 is taken by one for all addresses', {}, tcp(53, 'named', '::'), ['error PORT_TAKEN']],
    ['53 is free where a server keeps to its own address', {}, tcp(53, 'named', '10.77.0.2'), []],
    [
      '53 is EdgeMesh’s own on an installed edge',
      { facts: { installed: installedAs('edge') } },
      tcp(53, 'edgemesh-agent', '169.254.96.16'),
      [],
    ],
  ]
  it.each(cases)('%s', (_rule, { facts: more, ...change }, listening, expected) => {
    expect(codes({ ...change, facts: { ...more, listening: [listening] } })).toEqual(expected)
  })

  it('that is taken is named with the program, and with the line that finds it', () => {
    const [finding] = found({ facts: { listening: [tcp(10550, 'nginx')] } })
    expect(finding?.seen.en).toBe('port 10550 is used by nginx')
    expect(finding?.fix.en).toBe("stop nginx: ss -lntp 'sport = :10550'")
  })
})

describe('what an existing cluster has settled already', () => {
  it.each([
    ['its routes', { defaultRoute: undefined }],
    ['its nodes’ names', { hostname: 'not_a_name' }],
  ])('%s', (_what, more) => {
    const settings = { ...cloud, nodeIp: '10.77.0.2' }
    expect(codes({ settings, facts: { ...facts, ...more }, kubeEdgeOnly: false })).not.toEqual([])
    expect(codes({ settings, facts: { ...facts, ...more }, kubeEdgeOnly: true })).toEqual([])
  })
})

it.each([
  ['the host’s own', undefined, 'edge-1.plant.example', []],
  ['the host’s own in capitals', undefined, 'EDGE-1', []],
  ['one that is set, whatever the host is called', 'edge-1', 'not_a_name', []],
  ['localhost, with or without a domain', undefined, 'localhost', ['warning NODE_NAME_DOUBTFUL']],
  ['one that only begins like it', undefined, 'localhost-7', []],
])('a node’s name: %s', (_what, nodeName, hostname, expected) => {
  expect(codes({ settings: { ...edge, nodeName }, facts: { hostname } })).toEqual(expected)
})

it('the cloud does without nameservers: EdgeMesh’s DNS there is CoreDNS’ affair', () => {
  expect(codes({ settings: cloud, facts: { nameservers: [] } })).toEqual([])
})
