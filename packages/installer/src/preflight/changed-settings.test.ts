import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Facts } from '../node/facts.ts'
import type { Settings } from '../settings/schema.ts'
import { CloudSettings, EdgeSettings } from '../settings/schema.ts'
import { receiptFor } from '../state/host-changes.ts'
import { readReceipt } from '../state/read-receipt.ts'
import { metaServerTrial } from '../testing/meta-server.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { changedSettings } from './changed-settings.ts'

let root = ''
const facts = { hostname: 'Node-1' } as unknown as Facts

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-changed-'))
})
afterEach(() => rm(root, { recursive: true }))

async function put(file: string, text: string): Promise<void> {
  await mkdir(path.join(root, path.dirname(file)), { recursive: true })
  await writeFile(path.join(root, file), text)
}

async function installed(receipt: object): Promise<void> {
  const whole = {
    format: 'edgelift/receipt/v1',
    bundle: 'b',
    lock: '',
    edgelift: '',
    directory: '/data/b',
    answers: {},
    claims: [],
    folders: [],
    trees: [],
    before: { settings: {}, chains: [], links: [], namespaces: [], containers: [] },
    ...receipt,
  }
  await put('/var/lib/edgelift/receipt.json', JSON.stringify(whole))
}

/** As receipts are written now: with the node's name. */
function named(role: 'cloud' | 'edge', name: string, completed: string | null = '2026-11-01'): Promise<void> {
  const receipt = receiptFor({ ...HEAD, role, node: { name } }, undefined, BASELINE)
  return put(
    '/var/lib/edgelift/receipt.json',
    JSON.stringify({ ...receipt, ...(completed && { completed }) }),
  )
}

/** @param metaServer where an edge's metaServer listens; nowhere when left out */
async function findings(
  settings: Settings,
  kubeEdgeOnly?: { kubeconfig: string },
  metaServer = '127.0.0.1:1',
) {
  const exec = () => Promise.reject(new Error('nothing is run here'))
  const host = { root, env: {}, now: Date.now, exec, metaServer }
  const receipt = await readReceipt(host)
  return (await changedSettings({ host, settings, kubeEdgeOnly }, { receipt, facts })).map(
    ({ code, seen, fix }) => `${code} ${seen.en} | ${fix.en}`,
  )
}
const cloud = (given: object = {}) => ({ role: 'cloud' as const, ...CloudSettings.parse(given) })
const edge = (given: object = {}) => ({ role: 'edge' as const, ...EdgeSettings.parse(given) })

it('finds nothing on a new machine', async () => {
  expect(await findings(cloud({ nodeName: 'other' }))).toEqual([])
})

it("refuses another name for K3s' node, also when only the host was renamed", async () => {
  await installed({ role: 'cloud' })
  await put('/etc/rancher/k3s/config.yaml', 'node-name: node-1\n')
  expect(await findings(cloud())).toEqual([])
  await put('/etc/rancher/k3s/config.yaml', 'node-name: before\n')
  expect(await findings(cloud())).toEqual([
    expect.stringContaining('nodeName: before → node-1 | keep nodeName: before'),
  ])
})

it('knows the name by the receipt where the configuration of K3s is gone: it would be written with the new one', async () => {
  await named('cloud', 'before')
  expect(await findings(cloud())).toEqual([expect.stringContaining('nodeName: before → node-1')])
  expect(await findings(cloud({ nodeName: 'before' }))).toEqual([])
  await put('/etc/rancher/k3s/config.yaml', 'node-name: node-1\n') // what K3s runs by counts more
  expect(await findings(cloud())).toEqual([])
  await rm(path.join(root, 'etc/rancher/k3s/config.yaml'))
  await named('cloud', 'before', null) // cut off before there was a node
  expect(await findings(cloud())).toEqual([])
})

it('refuses to become an installation on an existing cluster, and the reverse', async () => {
  await installed({ role: 'cloud' })
  expect(await findings(cloud(), { kubeconfig: '/k' })).toHaveLength(1)
  await installed({ role: 'cloud', kubeEdgeOnly: { kubeconfig: '/k' } })
  expect(await findings(cloud(), { kubeconfig: '/k' })).toEqual([])
  expect(await findings(cloud())).toEqual([
    expect.stringContaining('keep ./install-kubeedge-only.sh --kubeconfig /k'),
  ])
})

it('sends labels and taints of a registered edge to the cloud, and lets everything else through', async () => {
  await installed({ role: 'edge', answers: { containerd: 'bundled' } })
  await put('/etc/kubeedge/certs/server.crt', '')
  const edged = { hostnameOverride: 'node-1', nodeLabels: { site: 'a', old: 'x' } }
  const taints = { registerWithTaints: [{ key: 'k', effect: 'NoSchedule' }] }
  await put(
    '/etc/kubeedge/config/edgecore.yaml',
    JSON.stringify({ modules: { edged: { ...edged, tailoredKubeletConfig: taints } } }),
  )
  const same = { labels: { site: 'a', old: 'x' }, taints: ['k:NoSchedule'] }
  expect(await findings(edge({ ...same, cloud: '10.0.0.9', nodeIp: '10.0.0.2' }))).toEqual([])
  const [finding] = await findings(edge({ labels: { site: 'b' }, taints: ['k=v:NoExecute'] }))
  for (const line of [
    'kubectl label node node-1 site=b --overwrite',
    'kubectl label node node-1 old-',
    'kubectl taint node node-1 k:NoSchedule-',
    'kubectl taint node node-1 k=v:NoExecute',
  ])
    expect(finding).toContain(line)
  expect(await findings(edge({ ...same, containerd: 'existing' }))).toEqual([
    expect.stringContaining('containerd: bundled → existing'),
  ])
})

describe('of an edge that is registered', () => {
  const LABELLED = { hostnameOverride: 'node-1', nodeLabels: { site: 'a' } }
  async function registered(edged: object | string): Promise<void> {
    await installed({ role: 'edge' })
    await put('/etc/kubeedge/certs/server.crt', '')
    const text = typeof edged === 'string' ? edged : JSON.stringify({ modules: { edged } })
    await put('/etc/kubeedge/config/edgecore.yaml', text)
  }

  it('refuses another name, also when only the host was renamed: the cloud would have two nodes', async () => {
    await registered({ ...LABELLED, hostnameOverride: 'before' })
    expect(await findings(edge({ labels: { site: 'b' } }))).toEqual([
      expect.stringContaining('nodeName: before → node-1 | keep nodeName: before'),
    ])
    expect(await findings(edge({ nodeName: 'before', labels: { site: 'a' } }))).toEqual([])
  })

  it('lets labels and taints through once the cloud has all of them', async () => {
    await registered(LABELLED)
    await using cloudSide = await metaServerTrial()
    const wanted = edge({ labels: { rack: '7' }, taints: ['k=v:NoExecute'] })
    const told = async (labels: object, taints?: object[]) => {
      const node = {
        metadata: { name: 'node-1', labels },
        ...(taints === undefined ? {} : { spec: { taints } }),
      }
      cloudSide.set('/api/v1/nodes', { items: [{ metadata: { name: 'other' } }, node] })
      return await findings(wanted, undefined, cloudSide.server)
    }
    const taint = { key: 'k', value: 'v', effect: 'NoExecute' }
    expect(await told({ rack: '7', 'kubernetes.io/os': 'linux' }, [taint])).toEqual([])
    expect(await told({ rack: '7', site: 'a' }, [taint])).toHaveLength(1) // which was to go
    expect(await told({ rack: '8' }, [taint])).toHaveLength(1)
    expect(await told({ rack: '7' })).toHaveLength(1)
    cloudSide.set('/api/v1/nodes', undefined)
    expect(await findings(wanted, undefined, cloudSide.server)).toHaveLength(1) // it does not say
  })

  it.each(['', '{', 'modules: {}\n'])(
    'knows the name by the receipt beside a configuration that says nothing: %j',
    async (text) => {
      await registered(text)
      expect(await findings(edge({ nodeName: 'other', labels: { site: 'b' } }))).toEqual([])
      await named('edge', 'before')
      expect(await findings(edge({ labels: { site: 'b' } }))).toEqual([
        expect.stringContaining('nodeName: before → node-1 | keep nodeName: before'),
      ])
      expect(await findings(edge({ nodeName: 'before', labels: { site: 'b' } }))).toEqual([])
    },
  )
})
