import type { BundleManifest } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { previewText } from '../cli/preview-text.ts'
import type { Receipt } from '../state/receipt.ts'
import type { StepDrift } from '../steps/drift.ts'
import { previewOf } from './preview.ts'

const OLD_AGENT = 'docker.io/kubeedge/edgemesh-agent:v1.17.0'
const NEW_AGENT = 'docker.io/kubeedge/edgemesh-agent:v1.17.1'
const PAUSE = 'docker.io/rancher/mirrored-pause:3.6'

function archive(
  version: string,
  { k3s, agent, agentFile }: { readonly k3s: string; readonly agent: string; readonly agentFile: string },
): BundleManifest {
  const file = (path: string, size: number, integrity: string) => ({ path, size, integrity, mode: '0644' })
  return {
    name: `kubeedge-cloud-${version}`,
    role: 'cloud',
    lock: version,
    charts: [
      { name: 'cloudcore', release: 'cloudcore', namespace: 'kubeedge' },
      { name: 'edgemesh', release: 'edgemesh', namespace: 'kubeedge' },
    ],
    release: { name: 'kubeedge', version },
    versions: { k3s, edgemesh: agent.slice(agent.lastIndexOf('v') + 1), helm: '4.1.4' },
    files: [
      file('k3s-amd64', 70e6, k3s),
      file(agentFile, 40e6, agent),
      file('images/pause.tar', 1e6, 'pause'),
    ],
    images: [
      { reference: agent, file: agentFile },
      { reference: PAUSE, file: 'images/pause.tar' },
    ],
  } as unknown as BundleManifest
}

const old = archive('1.22.0', { k3s: '1.34.2', agent: OLD_AGENT, agentFile: 'images/agent-1.17.0.tar' })
const next = archive('1.22.2', { k3s: '1.34.3', agent: NEW_AGENT, agentFile: 'images/agent-1.17.1.tar' })
const before = {
  bundle: old.name,
  release: old.release,
  lock: old.lock,
  versions: old.versions,
  manifest: old,
}
const laid = (...names: string[]) => ({
  role: 'cloud' as const,
  settings: { role: 'cloud' },
  steps: [
    {
      stepId: 'k3s-images',
      title: { en: 'x', zh: 'x' },
      changes: names.map((name) => ({
        kind: 'file' as const,
        path: `/var/lib/rancher/k3s/agent/images/${name}`,
      })),
    },
  ],
})
const receipt = laid('agent-1.17.0.tar', 'pause.tar')
const seen = (kind: StepDrift['kind'], place: string, state: StepDrift['state'] = 'changed'): StepDrift => ({
  step: 'x',
  kind,
  place,
  state,
  fields: [],
})
/** Of a plan for both charts and the mesh refresh service. */
const STEPS = ['k3s', 'chart-cloudcore', 'chart-edgemesh', 'mesh-refresh']
const paint = { bold: (text: string) => text }

it('lists from and to, and only what changes', () => {
  const drift = [
    seen('file', '/usr/local/bin/k3s'),
    seen('file', '/var/lib/rancher/k3s/agent/images/agent-1.17.1.tar', 'missing'),
    seen('image', NEW_AGENT, 'missing'),
    seen('values', 'kubeedge/edgemesh'),
  ]
  const preview = previewOf({ before, receipt, manifest: next, drift, stopped: [], steps: STEPS })
  expect(preview).toEqual({
    from: { bundle: 'kubeedge-cloud-1.22.0', version: '1.22.0' },
    to: { bundle: 'kubeedge-cloud-1.22.2', version: '1.22.2' },
    components: [
      { name: 'edgemesh', from: '1.17.0', to: '1.17.1' },
      { name: 'k3s', from: '1.34.2', to: '1.34.3' },
    ],
    images: { added: [NEW_AGENT], removed: [OLD_AGENT] },
    files: {
      added: ['/var/lib/rancher/k3s/agent/images/agent-1.17.1.tar'],
      changed: ['/usr/local/bin/k3s'],
      removed: ['/var/lib/rancher/k3s/agent/images/agent-1.17.0.tar'],
    },
    objects: ['kubeedge/edgemesh'],
    uninstalls: [],
    bytes: { added: 110e6, removed: 110e6 },
    starts: [],
    restarts: ['k3s', 'pods of edgemesh', 'pods of edgemesh-agent'],
    awaySeconds: 10,
  })
  const text = previewText(preview, 'en', paint).join('\n')
  expect(text).toContain('k3s 1.34.2 -> 1.34.3')
  expect(text).toContain('services are away for 10 s at most')
  expect(text).not.toMatch(/helm|pause/)
})

it('says that nothing would change', () => {
  const preview = previewOf({ before, receipt, manifest: old, drift: [], stopped: [], steps: STEPS })
  expect(preview).toMatchObject({ components: [], restarts: [], awaySeconds: 0 })
  expect(previewText(preview, 'en', paint)).toEqual(['Nothing would change.'])
})

it('names what is uninstalled since it is no longer selected, where it is there', () => {
  const release = (name: string) => ({ kind: 'release' as const, release: name, namespace: 'kubeedge' })
  const unit = { kind: 'unit' as const, unit: 'edgelift-mesh-refresh.service', programs: [] }
  const there = (...changes: Receipt['steps'][number]['changes']) => ({
    ...receipt,
    steps: [{ stepId: 'x', title: { en: 'x', zh: 'x' }, changes }],
  })
  const steps = ['k3s', 'chart-cloudcore', 'mesh-refresh-gone']
  const request = { before, manifest: old, drift: [], stopped: [], steps }
  const preview = previewOf({
    ...request,
    receipt: there(release('cloudcore'), release('edgemesh'), unit),
  })
  expect(preview.uninstalls).toEqual(['kubeedge/edgemesh', 'edgelift-mesh-refresh'])
  expect(previewText(preview, 'zh', paint)).toEqual([
    '  卸载：',
    '    kubeedge/edgemesh',
    '    edgelift-mesh-refresh',
  ])
  expect(previewOf({ ...request, receipt: there(release('cloudcore')) }).uninstalls).toEqual([])
})

it('starts a service that does not run, and does not call that a restart', () => {
  const drift = [seen('file', '/etc/rancher/k3s/config.yaml', 'changed')]
  const preview = previewOf({ before, receipt, manifest: old, drift, stopped: ['k3s.service'], steps: STEPS })
  expect(preview).toMatchObject({ starts: ['k3s'], restarts: [] })
  const idle = previewOf({
    before,
    receipt,
    manifest: old,
    drift: [],
    stopped: ['k3s.service'],
    steps: STEPS,
  })
  expect(previewText(idle, 'en', paint)).toEqual(['  starts:', '    k3s'])
  expect(previewText(idle, 'zh', paint)).toEqual(['  启动：', '    k3s'])
})

it('restarts nothing but the application for a release with one more image', () => {
  const app = 'docker.io/site/app:2'
  const added = {
    ...old,
    lock: 'x',
    images: [...old.images, { reference: app, file: 'images/app.tar' }],
  } as unknown as BundleManifest
  const preview = previewOf({
    before,
    receipt,
    manifest: added,
    drift: [seen('image', app, 'missing')],
    stopped: [],
    steps: STEPS,
  })
  expect(preview).toMatchObject({
    images: { added: [app], removed: [] },
    components: [],
    restarts: [],
    awaySeconds: 0,
  })
})

it('names a tarball that goes as it lies there, and none where K3s is not ours', () => {
  const packed = archive('1.22.0', { k3s: '1.34.2', agent: OLD_AGENT, agentFile: 'images/agent.tar.gz' })
  const seenBefore = { ...before, manifest: packed }
  const removedOf = (...names: string[]) =>
    previewOf({
      before: seenBefore,
      receipt: laid(...names),
      manifest: next,
      drift: [],
      stopped: [],
      steps: STEPS,
    }).files.removed
  expect(removedOf('agent.tar.gz-0123456789ab.tar', 'pause.tar')).toEqual([
    '/var/lib/rancher/k3s/agent/images/agent.tar.gz-0123456789ab.tar',
  ])
  expect(removedOf()).toEqual([])
})

it('tells nothing of what an installation without its archive held', () => {
  const unknown = { ...before, versions: {}, manifest: undefined }
  const preview = previewOf({
    before: unknown,
    receipt: laid(),
    manifest: next,
    drift: [],
    stopped: [],
    steps: STEPS,
  })
  expect(preview.images.removed).toEqual([])
  expect(preview.components).toContainEqual({ name: 'k3s', from: null, to: '1.34.3' })
})
