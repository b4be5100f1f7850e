import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MESH_STATE, MESH_UNIT } from '../mesh/places.ts'
import type { Change } from '../state/change.ts'
import { receiptFor } from '../state/host-changes.ts'
import type { Receipt, ReceiptHead } from '../state/receipt.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { CONNECTED } from '../testing/meta-server.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { status } from './status.ts'

const KUBECTL = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'
const CLOUD: ReceiptHead = {
  ...{ ...HEAD, role: 'cloud', bundle: 'kubeedge-cloud-1.22.0-amd64' },
  settings: { role: 'cloud', edgemesh: false, k3s: {}, options: [], nodeIp: '10.77.0.1' },
}
const EDGE: ReceiptHead = {
  ...HEAD,
  settings: { role: 'edge', cloud: { host: '10.77.0.1', hubPort: 10000 } },
}

let node: CommandTrial
beforeEach(async () => {
  node = await commandTrial()
})
afterEach(() => node[Symbol.asyncDispose]())

async function see(head: ReceiptHead, more: Partial<Receipt> = {}, ...changes: Change[]) {
  const steps = [{ stepId: 'a', title: { en: 'a', zh: 'a' }, changes }]
  await node.install({ ...receiptFor(head, undefined, BASELINE), steps, ...more })
  return node.type(status, {}, head.role)
}
const complete = { completed: '2026-11-01T00:00:00.000Z' }
/** Whose steps this archive does not know: nothing is compared. */
const ofAnother = { ...complete, lock: 'sha256:other' }
const unit = (name: string): Change => ({ kind: 'unit', unit: name, programs: [] })

describe('whether an edge is connected', () => {
  it.each([
    ['is', CONNECTED, true, 'EdgeCore is connected to the cloud', 'EdgeCore 已连接云端'],
    [
      'is not',
      '',
      false,
      'EdgeCore is not connected to the cloud: ./edgelift doctor',
      '未连接云端：./edgelift doctor',
    ],
  ])('it %s', async (_state, sockets, connected, en, zh) => {
    node.script('ss', sockets)
    const said = await see(EDGE)
    expect([said.document.connected, said.en, said.zh]).toEqual([
      connected,
      expect.stringContaining(en),
      expect.stringContaining(zh),
    ])
  })

  it('is no question to a cloud, or to an edge that knows of none', async () => {
    node.script('ss', CONNECTED)
    for (const head of [CLOUD, { ...EDGE, settings: { role: 'edge' } }])
      expect((await see(head)).document).not.toHaveProperty('connected')
  })
})

describe('whether CloudCore runs', () => {
  const deployment = (available: number) =>
    JSON.stringify({ spec: { replicas: 1 }, status: { availableReplicas: available } })
  it.each<[string, string | { code: number }, boolean | null, string, string]>([
    ['it does', deployment(1), true, 'CloudCore runs\n', 'CloudCore 正在运行\n'],
    ['its pod is not ready', deployment(0), false, 'CloudCore does not run: ./edgelift doctor', '未运行：'],
    ['somebody deleted it', '', false, 'CloudCore does not run: ./edgelift doctor', '未运行：'],
    ['the API is silent', { code: 1 }, null, 'the Kubernetes API does not respond', 'Kubernetes API 无响应'],
  ])('%s', async (_what, answer, cloudCore, en, zh) => {
    node.script(`${KUBECTL} -n kubeedge get deployment cloudcore`, answer)
    const said = await see(CLOUD, ofAnother)
    expect(said.document).toMatchObject({ cloudCore })
    expect([said.en, said.zh]).toEqual([expect.stringContaining(en), expect.stringContaining(zh)])
  })

  it('is no question to an edge, or before the cloud is installed', async () => {
    for (const said of [await see(EDGE, complete), await see(CLOUD)])
      expect(said.document).not.toHaveProperty('cloudCore')
  })
})

it('calls no service stopped while systemd does not say', async () => {
  node.script('systemctl is-active', { code: 1, stderr: 'Failed to connect to bus' })
  const said = await see(CLOUD, {}, unit('k3s.service'))
  expect(said.document).toMatchObject({ stopped: [], stoppedUnknown: true })
  expect(said.en).toContain('systemd does not say which services run: ./edgelift doctor')
  expect(said.zh).toContain('无法确认服务是否在运行')
  node.script('systemctl is-active', 'active')
  expect((await see(CLOUD, {}, unit('k3s.service'))).document).not.toHaveProperty('stoppedUnknown')
})

it('tells a service that starts or exits again and again from one that was stopped and one that runs', async () => {
  const units = ['k3s.service', 'b.service', 'c.service', MESH_UNIT].map(unit)
  node.script('systemctl is-active', { code: 3, stdout: 'activating\nfailed\nactive\nactivating\n' })
  const said = await see(CLOUD, {}, ...units)
  expect(said.document).toMatchObject({
    ...{ stopped: ['b.service'], unsettled: ['k3s.service'] },
    meshRefresh: { running: false },
  })
  expect(said.en).toContain('starting, or exiting again and again: k3s.service; ./edgelift doctor')
  expect(said.zh).toContain('正在启动或反复退出的服务：k3s.service；请执行 ./edgelift doctor')
  node.script('systemctl is-active', 'active\nactive\nreloading\nactive\n')
  const well = await see(CLOUD, {}, ...units)
  expect(well.document.stopped).toEqual([])
  expect(well.document).not.toHaveProperty('unsettled')
  expect(well.en).not.toContain('.service;')
})

describe('the mesh refresh service', () => {
  it('has a line of its own, and is not told twice where it does not run', async () => {
    node.script('systemctl is-active', { code: 3, stdout: 'inactive\ninactive\n' })
    const said = await see(CLOUD, {}, unit('k3s.service'), unit(MESH_UNIT))
    expect(said.document).toMatchObject({ stopped: ['k3s.service'], meshRefresh: { running: false } })
    expect(said.en).toContain('mesh refresh: not running; ./edgelift doctor')
  })

  it('is told with what it says of itself', async () => {
    const state = { back: ['edge-1'], awaited: ['edge-2'], refreshes: 2, refreshed: '2026-11-28T08:00:00Z' }
    await node.put(MESH_STATE, JSON.stringify(state))
    node.script('systemctl is-active', 'active')
    const said = await see(CLOUD, {}, unit(MESH_UNIT))
    expect(said.document.meshRefresh).toEqual({ running: true, ...state })
    expect([said.en, said.zh].every((text) => text.includes(state.refreshed))).toBe(true)
  })

  it('is not told of where it is not installed', async () => {
    expect((await see(CLOUD)).document).not.toHaveProperty('meshRefresh')
  })
})

describe('versions', () => {
  const nodes = {
    items: [
      { metadata: { name: 'cloud' }, status: { nodeInfo: { kubeletVersion: 'v1.34.2+k3s1' } } },
      {
        metadata: { name: 'edge-1', labels: { 'node-role.kubernetes.io/edge': '' } },
        status: { nodeInfo: { kubeletVersion: 'v1.31.12-kubeedge-v1.21.0' } },
      },
    ],
  }
  const pods = {
    items: [
      { metadata: {}, spec: { nodeName: 'cloud', containers: [{ image: 'kubeedge/cloudcore:v1.22.0' }] } },
    ],
  }

  it('are asked for once all is installed, and a difference is explained', async () => {
    node.script(`${KUBECTL} get nodes`, JSON.stringify(nodes))
    node.script(`${KUBECTL} -n kubeedge get pods`, JSON.stringify(pods))
    expect((await see(CLOUD)).document).not.toHaveProperty('versions')
    const said = await see(CLOUD, ofAnother)
    expect(said.document.versions).toMatchObject({
      cloud: { kubeedge: '1.22.0' },
      edges: [{ name: 'edge-1' }],
    })
    expect(said.en).toContain('cloud: KubeEdge 1.22.0, Kubernetes 1.34.2+k3s1')
    expect(said.zh).toContain('云端：KubeEdge 1.22.0')
    expect(said.en).toMatch(/edge-1: KubeEdge 1\.21\.0, Kubernetes 1\.31\.12\n {2}\S/)
  })

  it('are left out while the API is silent', async () => {
    const said = await see(CLOUD, ofAnother)
    expect(said.document).not.toHaveProperty('versions')
    expect(said.en).not.toContain('versions')
  })
})

describe('what was changed since', () => {
  it.each([
    ['is not known of an installation that is incomplete', {}],
    ['is not known from another archive', ofAnother],
  ])('%s', async (_why, more) => {
    expect((await see(EDGE, more)).document.drift).toBeNull()
  })
})

it('a certificate that cannot be read is told of a complete installation', async () => {
  expect((await see(EDGE, complete)).en).toContain(
    "EdgeCore's certificate: end unknown, it is missing or damaged",
  )
  expect((await see(EDGE)).en).not.toContain('end unknown')
})

it('KubeEdge alone has the settings of the node that it runs on', async () => {
  const nodes = {
    items: [
      {
        metadata: { name: 'plant-server' },
        status: { addresses: [{ type: 'InternalIP', address: '10.77.0.7' }] },
      },
    ],
  }
  node.script('kubectl --kubeconfig /etc/k get nodes', JSON.stringify(nodes))
  await node.put('/usr/bin/kubectl')
  node.script('/usr/bin/kubectl --kubeconfig /etc/k get nodes', JSON.stringify(nodes))
  const settings = { role: 'cloud', edgemesh: false, k3s: {}, options: [], nodeName: 'plant-server' }
  const said = await see({ ...CLOUD, settings, kubeEdgeOnly: { kubeconfig: '/etc/k' } })
  expect(said.document.settings).toMatchObject({ nodeName: 'plant-server', nodeIp: '10.77.0.7' })
})
