import { expect, it } from 'vitest'
import type { Facts } from '../node/facts.ts'
import { resolveEdge } from '../settings/edge.ts'
import { EdgeSettings } from '../settings/schema.ts'
import { edgecoreConfig } from './edgecore-config.ts'
import { joinDiagnosis } from './join.ts'

const facts = {
  hostname: 'Edge-1',
  defaultRoute: { device: 'eth0', address: '10.77.0.2' },
  ownAddresses: [{ address: '10.77.0.2', device: 'eth0', unfit: undefined }],
} as unknown as Facts

const runtime = { socket: '/run/containerd/containerd.sock', honoursPins: true }
const found = { sandboxImage: 'pause', addressToCloud: undefined }

const settings = EdgeSettings.parse({ cloud: '10.77.0.1' })

it('takes the address that leads to the cloud before that of a default route', () => {
  const ownAddresses = [...facts.ownAddresses, { address: '10.9.0.7', device: 'eth1', unfit: undefined }]
  const way = { ...found, addressToCloud: '10.9.0.7' }
  expect(resolveEdge(settings, { ...facts, ownAddresses }, way).nodeIp).toBe('10.9.0.7')
})

it('never takes an address that no other node can dial', () => {
  const address = '203.0.113.252'
  const dummy = { address, device: 'defroute', unfit: 'documentation' as const }
  const defaultRoute = { device: 'defroute', address }
  for (const addressToCloud of [undefined, address])
    expect(() =>
      resolveEdge(settings, { ...facts, ownAddresses: [dummy], defaultRoute }, { ...found, addressToCloud }),
    ).toThrow(expect.objectContaining({ code: 'ANSWER_NEEDED' }))
})

it('keeps the address of an installed node whose cable is out', () => {
  const pulled = { address: '10.77.0.2', device: 'eth0', unfit: 'no-carrier' as const }
  const installed = { role: 'edge', bundle: 'x', nodeName: undefined } as const
  expect(resolveEdge(settings, { ...facts, ownAddresses: [pulled], installed }, found).nodeIp).toBe(
    '10.77.0.2',
  )
})

it('takes name and address from the host where there is no answer, and needs the cloud', () => {
  expect(resolveEdge(EdgeSettings.parse({ cloud: '10.77.0.1' }), facts, found)).toMatchObject({
    nodeName: 'edge-1',
    nodeIp: '10.77.0.2',
    cloudHost: '10.77.0.1',
  })
  expect(() => resolveEdge(EdgeSettings.parse({}), facts, found)).toThrow(
    expect.objectContaining({ code: 'ANSWER_NEEDED' }),
  )
})

it('configures what the guide asks for, with the ports that KubeEdge listens on', () => {
  const settings = resolveEdge(EdgeSettings.parse({ cloud: '10.77.0.1', labels: { site: 'a' } }), facts, {
    ...found,
    sandboxImage: 'pause:3.6',
  })
  const config = edgecoreConfig(settings, { token: 'secret', runtime })
  expect(config.modules).toMatchObject({
    edgeHub: {
      enable: true,
      token: 'secret',
      httpServer: 'https://10.77.0.1:10002',
      websocket: { enable: true, server: '10.77.0.1:10000' },
    },
    edged: {
      nodeIP: '10.77.0.2',
      nodeLabels: { site: 'a' },
      podSandboxImage: 'pause:3.6',
      tailoredKubeletConfig: { clusterDNS: ['169.254.96.16'], cgroupDriver: 'systemd' },
    },
    metaManager: { metaServer: { enable: true, server: '127.0.0.1:10550' } },
    edgeStream: { enable: true, server: '10.77.0.1:10004' },
    eventBus: { enable: false },
  })
})

it('writes IPv6 addresses in brackets, keeps the distance of the ports, and looks for a broker that was chosen', () => {
  const given = EdgeSettings.parse({ cloud: '[fd00::1]:30000', options: ['mosquitto'] })
  const settings = resolveEdge(given, facts, found)
  const config = edgecoreConfig(settings, { token: '', runtime: { ...runtime, honoursPins: false } })
  expect(config.modules).toMatchObject({
    edgeHub: { httpServer: 'https://[fd00::1]:30002', websocket: { server: '[fd00::1]:30000' } },
    edgeStream: { server: '[fd00::1]:30004' },
    eventBus: { enable: true, mqttMode: 2, mqttServerExternal: 'tcp://127.0.0.1:1883' },
    edged: { tailoredKubeletConfig: { imageGCHighThresholdPercent: 100 } },
  })
})

it("takes a join's cause from EdgeCore's journal: what is known, else its own last error", () => {
  const meaning = (log: string) => joinDiagnosis(log, 30000).en
  expect(meaning('panic: token has invalid claims: token is expired')).toBe('the join token has expired')
  expect(meaning('failed to get CA certificate')).toBe('the cloud does not respond at port 30002')
  expect(meaning('E1128 10:00:00.000000 7 x.go:1] timeout to get response for message 12')).toBe(
    'CloudCore accepts connections at port 30000 but does not respond',
  )
  expect(meaning('E1128 10:00:00.000000 7 x.go:1] no such device: eth7')).toMatch(
    /last error: no such device: eth7$/,
  )
  expect(meaning('I1123 starting')).toBe('EdgeCore has not joined yet')
})
