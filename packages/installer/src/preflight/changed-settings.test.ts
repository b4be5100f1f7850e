import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Facts } from '../node/facts.ts'
import type { Settings } from '../settings/schema.ts'
import { CloudSettings, EdgeSettings } from '../settings/schema.ts'
import { readReceipt } from '../state/read-receipt.ts'
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

async function findings(settings: Settings, kubeEdgeOnly?: { kubeconfig: string }) {
  const host = { root, env: {}, now: Date.now, exec: () => Promise.reject(new Error('nothing is run here')) }
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
