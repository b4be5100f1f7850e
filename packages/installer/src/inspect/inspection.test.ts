import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import type { WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bundles } from '../install/plan.sample.ts'
import { sampleKubeconfig } from '../kube/kubeconfig.sample.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { parseSettings } from '../settings/load.ts'
import type { Receipt } from '../state/receipt.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { type InspectionRequest, inspect } from './inspection.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

function request(role: 'cloud' | 'edge', more: Partial<InspectionRequest> = {}): InspectionRequest {
  return {
    host: on.host,
    ...bundles[role],
    settings: parseSettings(role, {}),
    kubeEdgeOnly: undefined,
    receipt: undefined,
    token: { state: 'absent' },
    joined: false,
    tokenIn: undefined,
    report: () => undefined,
    ...more,
  }
}
/** How often each command line was called. */
const repeated = () => on.calls.filter((line, index) => on.calls.indexOf(line) !== index)

it('asks a machine for each thing once', async () => {
  await inspect(request('cloud'))
  await inspect(request('edge'))
  expect(on.calls.length).toBeGreaterThan(5)
  on.calls.length = 0
  await inspect(request('cloud'))
  expect(repeated()).toEqual([])
})

it('asks an existing containerd for each thing once', async () => {
  on.script('systemctl show -p ExecStart', '{ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd ; }')
  on.script('/usr/bin/containerd --version', 'containerd 1.6.20')
  const { runtime, cni } = await inspect(
    request('edge', { settings: parseSettings('edge', { containerd: 'existing' }) }),
  )
  expect(runtime).toMatchObject({ kind: 'existing', found: { version: [1, 6, 20] } })
  expect(cni).toBeUndefined()
  const probes = on.calls.filter((line) => /ExecStart|containerd --version/.test(line))
  expect(probes).toEqual(['systemctl show -p ExecStart containerd.service', '/usr/bin/containerd --version'])
})

it('asks an existing cluster for each thing once', async () => {
  await on.put('/usr/bin/kubectl')
  await on.put('/root/kubeconfig', sampleKubeconfig())
  on.script('/usr/bin/kubectl --kubeconfig /root/kubeconfig get nodes', '{"items":[]}')
  const { cluster } = await inspect(request('cloud', { kubeEdgeOnly: { kubeconfig: '/root/kubeconfig' } }))
  expect(cluster).toMatchObject({ fault: undefined, nodes: [], node: undefined })
  expect(on.calls.filter((line) => line.includes('get nodes'))).toHaveLength(1)
  expect(repeated()).toEqual([])
})

it('finds the releases of an installation that lost its receipt, in the cluster that is named', async () => {
  await on.put('/usr/bin/kubectl')
  await on.put('/root/kubeconfig', sampleKubeconfig())
  on.script('id', '0')
  on.script('/usr/bin/kubectl --kubeconfig /root/kubeconfig get nodes', '{"items":[]}')
  const { directory } = bundles.cloud
  on.script(`${directory}/bin/helm list`, '[{"name":"cloudcore","namespace":"kubeedge"}]')
  const { found } = await inspect(request('cloud', { kubeEdgeOnly: { kubeconfig: '/root/kubeconfig' } }))
  expect(found?.steps.map(({ stepId }) => stepId)).toContain('chart-cloudcore')
})

it('changes nothing', async () => {
  await inspect(request('edge', { settings: parseSettings('edge', { containerd: 'existing' }) }))
  await inspect(request('cloud'))
  expect(
    on.calls.filter((line) => /modprobe (?!-n)|restart|start |-save|apply|delete|import|label/.test(line)),
  ).toEqual([])
})

it('sees the PSK that an installed EdgeMesh runs with, where the archive was unpacked again', async () => {
  const receipt = { role: 'cloud', settings: {}, steps: [], directory: on.root } as unknown as Receipt
  const { manifest } = bundles.cloud
  const values = { agent: { psk: { $setting: 'psk' } } }
  const mesh = { name: 'edgemesh', release: 'edgemesh', namespace: 'kubeedge', values, variants: [] }
  const charts = [mesh] as unknown as typeof manifest.charts
  const seen = async () =>
    (await inspect(request('cloud', { receipt, directory, manifest: { ...manifest, charts } }))).psk
  on.script('id', '0')
  const psk = 'JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ='
  const directory = path.join(on.root, '/data/archive')
  const helm = '/data/archive/bin/helm get'
  const labelled = (labels: object) =>
    on.script(
      `${helm} metadata edgemesh`,
      JSON.stringify({ status: '', deployedAt: '', version: '', labels }),
    )
  on.script(`${helm} values edgemesh`, JSON.stringify({ agent: { psk } }))
  labelled({})
  expect(await seen()).toEqual({ state: 'made' })
  on.script('/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml get --raw /readyz', 'ok')
  expect(await seen()).toMatchObject({ state: 'refused', ours: false, takers: [] })
  labelled({ 'installed-by': 'edgelift' })
  expect(await seen()).toMatchObject({ state: 'refused', ours: true, takers: ['edgemesh'] })
  await on.put(`/data/archive/${PSK_FILE}`, 'a-key-that-is-long-enough\n', 0o600)
  expect(await seen(), 'ours is replaced by that of the file').toEqual({ state: 'kept' })
  labelled({})
  expect(await seen(), 'that of others stays').toMatchObject({ state: 'refused', takers: [] })
  await rm(path.join(directory, PSK_FILE))
  on.script(`${helm} values edgemesh`, { code: 1, stderr: 'forbidden' })
  expect(await seen()).toEqual({ state: 'made' })
})

it('says that it waits for a CloudCore that starts', async () => {
  const [hub, https] = [18_100, 18_102]
  const servers = [hub, https].map(() => createServer((socket) => socket.destroy()))
  const events: WorkEvent[] = []
  const report = (event: WorkEvent) => {
    if (events.push(event) === 1)
      for (const [at, server] of servers.entries()) server.listen([hub, https][at])
  }
  const settings = parseSettings('edge', { cloud: `127.0.0.1:${hub}`, nodeName: 'edge' })
  const { cloud } = await inspect(request('edge', { settings, report }))
  for (const server of servers) server.close()
  expect(cloud?.ports.slice(0, 2).map(({ state }) => state)).toEqual(['open', 'open'])
  expect(events[0]).toMatchObject({ type: 'wait', what: { en: expect.stringContaining('127.0.0.1') } })
})

it.each([
  ['cloud', '/etc/rancher/k3s/config.yaml', 'node-ip: 10.0.0.1\ntls-san: [10.0.0.1]\n'],
  ['edge', '/etc/kubeedge/config/edgecore.yaml', 'modules: { edged: { nodeIP: 10.0.0.1 } }\n'],
] as const)('reads which address an installed %s was set up with', async (role, file, text) => {
  const receipt = { role, settings: {}, steps: [], directory: on.root } as unknown as Receipt
  expect((await inspect(request(role, { receipt }))).facts.installed?.nodeIp).toBeUndefined()
  await on.put(file, text)
  expect((await inspect(request(role, { receipt }))).facts.installed?.nodeIp).toBe('10.0.0.1')
})
