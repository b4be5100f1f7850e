import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { appendJournal } from '../state/journal.ts'
import type { Receipt } from '../state/receipt.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { stateOf, status } from './status.ts'

const former = { bundle: 'kubeedge-cloud-1', lock: 'l', images: [], copy: '/c' }
const receipt = (more: object) => ({ role: 'cloud', ...more }) as unknown as Receipt

it('offers a rollback for an upgrade that is incomplete, unless the cluster is not its own', () => {
  expect(stateOf(receipt({}), [])).toBe('incomplete')
  expect(stateOf(receipt({ former }), [])).toBe('upgrading')
  expect(stateOf(receipt({ former, kubeEdgeOnly: { kubeconfig: '/k' } }), [])).toBe('incomplete')
})

describe('status', () => {
  let node: CommandTrial
  beforeEach(async () => {
    node = await commandTrial()
  })
  afterEach(() => node[Symbol.asyncDispose]())

  it('says of a machine without an installation that there is none', async () => {
    const said = await node.type(status)
    expect(said.document).toMatchObject({
      state: 'absent',
      receipt: null,
      copies: [],
      certificates: [],
      drift: null,
      log: null,
      journal: [],
    })
    expect(said.en).toBe('kubeedge-edge-1.22.0-amd64: not installed')
    expect(said.zh).toBe('kubeedge-edge-1.22.0-amd64: 未安装')
  })

  it('names the step at which a run was cut off, and what to run', async () => {
    await node.install(receiptFor(HEAD, undefined, BASELINE))
    for (const [step, event] of [['containerd', 'done'], ['join', 'begin']] as const) // biome-ignore format: pairs
      await appendJournal(node.host, { action: 'install', step, event })
    const said = await node.type(status)
    expect(said.document).toMatchObject({ state: 'incomplete', stoppedAt: 'join' })
    expect(said.en).toContain('incomplete: run ./install.sh again')
    expect(said.en).toContain('next step: join (since ')
    expect(said.zh).toContain('下一步：join')
  })

  it('names services that do not run', async () => {
    const receipt = receiptFor(HEAD, undefined, BASELINE)
    const unit = (name: string) => ({ kind: 'unit' as const, unit: name, programs: [] })
    const title = { en: 'x', zh: 'x' }
    const changes = [unit('containerd.service'), unit('edgecore.service'), unit('edgecore.service')]
    const units = 'containerd.service edgecore.service'
    node.script(`systemctl is-active ${units}`, { code: 3, stdout: 'active\nfailed\n' })
    await node.install({ ...receipt, steps: [{ stepId: 'a', title, changes }] })
    const said = await node.type(status)
    expect(said.document).toMatchObject({ stopped: ['edgecore.service'] })
    expect(said.en).toContain('not running: edgecore.service; ./edgelift doctor')
    expect(said.zh).toContain('未运行的服务：edgecore.service；')
  })

  it('names the launcher that installs KubeEdge alone', async () => {
    const head = {
      ...HEAD,
      role: 'cloud' as const,
      settings: { role: 'cloud' },
      kubeEdgeOnly: { kubeconfig: '/k' },
    }
    await node.install(receiptFor(head, undefined, BASELINE))
    const said = await node.type(status, {}, 'cloud')
    expect(said.en).toContain('run ./install-kubeedge-only.sh again')
  })

  it('knows the node of an existing cluster that is silent', async () => {
    const settings = { role: 'cloud', edgemesh: true, k3s: {}, options: [], meshRefresh: true }
    const more = { kubeEdgeOnly: { kubeconfig: '/k' }, node: { name: 'plant-server' } }
    await node.install(receiptFor({ ...HEAD, role: 'cloud', settings, ...more }, undefined, BASELINE))
    node.script('ip -o addr show', '2: eth0    inet 10.77.0.1/24 brd 10.77.0.255 scope global eth0')
    expect((await node.type(status, {}, 'cloud')).document).toMatchObject({
      settings: { nodeName: 'plant-server', relayNodes: 'plant-server=10.77.0.1', kubeconfig: '/k' },
    })
  })

  it('tells of edges that have not followed the cloud to another address, for as long as the receipt says', async () => {
    const settings = {
      role: 'cloud',
      advertiseAddresses: ['10.77.0.9'],
      edgemesh: false,
      k3s: {},
      options: [],
    }
    const head = { ...HEAD, role: 'cloud' as const, settings, formerAddresses: ['10.77.0.1'] }
    await node.install(receiptFor(head, undefined, BASELINE))
    const edge = (ready: string) =>
      JSON.stringify({
        items: [
          {
            metadata: { name: 'edge-1', labels: { 'node-role.kubernetes.io/edge': '' } },
            status: { conditions: [{ type: 'Ready', status: ready }] },
          },
        ],
      })
    const get = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml get nodes'
    node.script(get, edge('Unknown'))
    const said = await node.type(status, {}, 'cloud')
    expect(said.en).toContain(
      '10.77.0.1; on each edge that still connects there (not Ready: edge-1): sudo ./install.sh',
    )
    expect(said.zh).toContain('（未就绪：edge-1）执行：sudo ./install.sh --yes --cloud 10.77.0.9')
    expect(said.document).toMatchObject({ moved: { from: ['10.77.0.1'], edges: ['edge-1'] } })
    node.script(get, edge('True'))
    expect((await node.type(status, {}, 'cloud')).document).not.toHaveProperty('moved')
    node.script(get, { code: 1 })
    expect((await node.type(status, {}, 'cloud')).document).toMatchObject({ moved: { edges: null } })
  })

  it('names certificates and keys of K3s that a power loss has left empty, beside those that it can read', async () => {
    const settings = {
      role: 'cloud',
      advertiseAddresses: ['10.77.0.1'],
      edgemesh: false,
      k3s: {},
      options: [],
    }
    await node.install(receiptFor({ ...HEAD, role: 'cloud' as const, settings }, undefined, BASELINE))
    const key = '/var/lib/rancher/k3s/server/tls/client-admin.key'
    await node.put(key, '')
    expect((await node.type(status, {}, 'cloud')).document).not.toHaveProperty('damaged') // it may be being written
    await utimes(path.join(node.root, key), 1, 1)
    const said = await node.type(status, {}, 'cloud')
    expect(said.document).toMatchObject({ damaged: [key], certificates: [], state: 'incomplete' })
    expect(said.en).toContain(`damaged: ${key}; ./install.sh has K3s write them again`)
    expect(said.zh).toContain(`已损坏：${key}；请执行 ./install.sh`)
  })

  it('leaves out what is no line of the journal', async () => {
    await appendJournal(node.host, { action: 'install', step: 'containerd', event: 'done' })
    await node.put(
      '/var/lib/edgelift/journal.jsonl',
      `${await node.text('/var/lib/edgelift/journal.jsonl')}{"time"`,
    )
    expect((await node.type(status)).document.journal).toHaveLength(1)
  })
})
