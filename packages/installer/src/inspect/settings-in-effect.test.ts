import { expect, it } from 'vitest'
import { sampleNode } from '../kube/nodes.sample.ts'
import { facts } from '../preflight/preflight.sample.ts'
import { parseSettings } from '../settings/load.ts'
import { type InEffect, settingsInEffect } from './settings-in-effect.ts'

const manifest = { settings: { sandboxImage: '', testImage: '', k3sDisable: ['traefik'] } }
const of = (role: 'cloud' | 'edge', given: Record<string, unknown>, changed: Partial<InEffect> = {}) =>
  settingsInEffect({
    manifest,
    settings: parseSettings(role, given),
    facts,
    addressToCloud: undefined,
    kubeEdgeOnly: undefined,
    node: undefined,
    ...changed,
  } as InEffect)

it('says of a cloud what was set, and what follows from the machine and the archive', () => {
  expect(of('cloud', { k3s: { disable: ['metrics-server'] } })).toEqual({
    nodeName: 'edge-1',
    nodeIp: '10.77.0.2',
    advertiseAddresses: '10.77.0.2',
    edgemesh: 'yes',
    relayNodes: 'edge-1=10.77.0.2',
    meshRefresh: 'yes',
    'k3s.disable': 'traefik, metrics-server',
  })
})

it('leaves out what a cloud without EdgeMesh has no use for', () => {
  const found = of('cloud', { edgemesh: false, options: ['gateway'] })
  expect(found).toMatchObject({ edgemesh: 'no', options: 'gateway' })
  expect(found).not.toHaveProperty('relayNodes')
  expect(found).not.toHaveProperty('meshRefresh')
})

it('names an existing cluster’s kubeconfig and its node, and nothing of K3s', () => {
  const node = sampleNode('cp', { internalIp: '10.0.0.9' })
  const found = of('cloud', {}, { kubeEdgeOnly: { kubeconfig: '/root/kubeconfig' }, node })
  expect(found).toMatchObject({ nodeName: 'cp', nodeIp: '10.0.0.9', kubeconfig: '/root/kubeconfig' })
  expect(found).not.toHaveProperty('k3s.disable')
})

it('writes an edge’s settings as install.yaml takes them', () => {
  const given = {
    cloud: '[fd00::1]:30000',
    nodeName: 'site-7',
    labels: { site: 'a', zone: '' },
    taints: ['gpu=yes:NoSchedule', 'spare:NoExecute'],
    containerd: 'existing',
  }
  const found = of('edge', given, { addressToCloud: '10.77.0.2' })
  expect(found).toEqual({
    cloud: '[fd00::1]:30000',
    nodeName: 'site-7',
    nodeIp: '10.77.0.2',
    labels: 'site=a, zone=',
    taints: 'gpu=yes:NoSchedule, spare:NoExecute',
    containerd: 'existing',
  })
  expect(parseSettings('edge', { cloud: found.cloud }).role).toBe('edge')
})

it('fails as the installation does where a setting is missing', () => {
  expect(() => of('edge', {})).toThrow(expect.objectContaining({ code: 'ANSWER_NEEDED' }))
})
