import { describe, expect, it } from 'vitest'
import type { Inspection } from '../inspect/inspection.ts'
import { parseSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { hasUndoTitle, undoTitle } from '../uninstall/titles.ts'
import { bundles, existingCluster, existingRuntime, inspection } from './plan.sample.ts'
import { type Plan, planDocument, planInstall } from './plan.ts'

const SETTINGS: Readonly<Record<string, [Settings['role'], Record<string, unknown>, Partial<Inspection>]>> = {
  'a cloud': ['cloud', {}, {}],
  'a cloud without EdgeMesh': ['cloud', { edgemesh: false }, {}],
  'a cloud with every option': [
    'cloud',
    {
      nodeIp: '10.77.0.2',
      nodeName: 'cloud-1',
      advertiseAddresses: ['198.18.0.5', 'cloud.example'],
      relayNodes: [{ nodeName: 'cloud-1', advertiseAddress: ['198.18.0.5'] }],
      pskFile: '/root/psk',
      k3s: { disable: ['metrics-server'] },
      options: ['mosquitto', 'gateway'],
    },
    {},
  ],
  'a cloud on a host without a nameserver for pods': [
    'cloud',
    {},
    { facts: { ...inspection.facts, nameservers: ['127.0.0.53'] } },
  ],
  'KubeEdge alone on an existing cluster': ['cloud', {}, { cluster: existingCluster }],
  'KubeEdge alone, with images brought by hand': [
    'cloud',
    { options: ['mosquitto'] },
    { cluster: { ...existingCluster, runtime: undefined } },
  ],
  'an edge': ['edge', { cloud: '10.77.0.1' }, {}],
  'an edge with every option': [
    'edge',
    {
      cloud: '10.77.0.1:30000',
      tokenFile: '/root/token',
      nodeName: 'e1',
      nodeIp: '10.77.0.9',
      labels: { site: 'a' },
      taints: ['line=3:NoSchedule'],
      options: ['mosquitto'],
    },
    {},
  ],
  'an edge on an existing containerd that has to be adapted': [
    'edge',
    { cloud: '10.77.0.1', containerd: 'existing' },
    {
      runtime: existingRuntime('change'),
      cni: {
        own: undefined,
        packed: [{ from: 'cni/bin/bridge', to: '/usr/lib/cni/bridge', mode: 0o755 }],
        generated: [{ to: '/etc/cni/net.d/10-containerd-net.conflist', content: '{}', mode: 0o644 }],
        missing: [],
        isUnread: false,
      },
    },
  ],
  'an edge on an existing containerd that is right, with its own network': [
    'edge',
    { cloud: '10.77.0.1', containerd: 'existing' },
    {
      runtime: existingRuntime('right'),
      cni: {
        own: '/etc/cni/net.d/05-plant.conflist',
        packed: [],
        generated: [],
        missing: [],
        isUnread: false,
      },
    },
  ],
}

function planOf(name: string): Plan {
  const [role, given, changed] = SETTINGS[name] ?? ['cloud', {}, {}]
  return planInstall({ ...inspection, ...changed }, parseSettings(role, given), bundles[role])
}

/** What files say has tests of its own: here their sizes are enough. */
function withoutContents(plan: Plan): unknown {
  return JSON.parse(
    JSON.stringify(planDocument(plan), (key, value: unknown) =>
      key === 'content' && typeof value === 'string' ? `${value.split('\n').length} lines` : value,
    ),
  )
}

describe('the plan of', () => {
  it.each(Object.keys(SETTINGS))('%s', (name) => {
    expect(withoutContents(planOf(name))).toMatchSnapshot()
  })
})

it.each(Object.keys(SETTINGS))('is data without closures or secrets: %s', (name) => {
  const document = planDocument(planOf(name))
  expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  expect(planDocument(planOf(name))).toEqual(document)
  const kinds = (plan: Plan) => plan.steps.map(({ kind }) => kind)
  for (const [index, kind] of kinds(planOf(name)).entries()) expect(kind).toBe(kinds(planOf(name))[index])
  expect(JSON.stringify(document)).not.toMatch(/secret/)
  expect(new Set(document.map(({ id }) => id)).size).toBe(document.length)
})

it.each(Object.keys(SETTINGS))('gives every step a title of its own for the cleanup: %s', (name) => {
  for (const { id, title } of planOf(name).steps) {
    if (id === 'charts-ready' || /-(certificates?|programs)$/.test(id)) continue // they record no change
    expect(hasUndoTitle(id), id).toBe(true)
    expect(undoTitle({ stepId: id, title })).not.toEqual(title)
    for (const text of [title.en, title.zh]) expect(text).not.toMatch(/^\d/) // the runner numbers steps
  }
})

it('needs the settings that no fact stands for', () => {
  expect(() => planInstall(inspection, parseSettings('edge', {}), bundles.edge)).toThrow(
    expect.objectContaining({ code: 'ANSWER_NEEDED' }),
  )
  const facts = { ...inspection.facts, defaultRoute: undefined, ownAddresses: [] }
  expect(() => planInstall({ ...inspection, facts }, parseSettings('cloud', {}), bundles.cloud)).toThrow(
    expect.objectContaining({ code: 'ANSWER_NEEDED' }),
  )
})
