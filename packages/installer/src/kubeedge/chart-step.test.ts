import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import type { BundleChart, BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { agent, daemonSet, node, pod } from '../kube/workloads.sample.ts'
import type { Drift } from '../steps/step.ts'
import { apply, check, NO_RELEASE, type Trial, trial } from '../testing/trial.ts'
import { chartRelease, stuckOn } from './chart-step.ts'
import { PSK_FILE } from './psk.ts'

const kubectl = 'kubectl --kubeconfig /k'
const helm = '/data/archive/bin/helm'
const LIST = `${kubectl} -n kubeedge get deployments,daemonsets,pods -o json`
const DELETE = `${kubectl} -n kubeedge delete pods`
const MANIFEST = 'kind: DaemonSet\nmetadata: { name: agent }\nspec: { template: {} }\n'
const [OLD, NEW] = [agent('1'), agent('2')]
const HERE = pod('agent-a', NEW, 'cloud-1')

const CHART = {
  ...{ name: 'edgemesh', release: 'edgemesh', namespace: 'kubeedge', path: 'charts/edgemesh.tgz' },
  ...{ values: { agent: { psk: { $setting: 'psk' } } }, variants: [] },
}
const PSK = 'a-key-that-is-long-enough'
const inputs = {
  cluster: { kubectl: ['kubectl'], kubeconfig: '/k' },
  ...{ chart: 'edgemesh', options: [], facts: [], settings: {}, pskFile: null, nodeName: 'cloud-1' },
} as const
const step = chartRelease(inputs)

let on: Trial
let state: {
  /** What helm knows of it; undefined: there is none. */
  release: { ours: boolean; status?: string } | undefined
  pods: ReturnType<typeof pod>[]
  /** Of a new pod. */
  image: string
}
beforeEach(async () => {
  on = await trial()
  state = { release: { ours: true }, pods: [HERE], image: 'kubeedge/agent:v1' }
  await on.put(`/data/archive/${PSK_FILE}`, `${PSK}\n`)
  on.script(`${helm} get metadata edgemesh`, () => {
    if (state.release === undefined) return NO_RELEASE
    const { ours, status = 'deployed' } = state.release
    const labels = ours ? { 'installed-by': 'edgelift' } : {}
    return JSON.stringify({
      status,
      deployedAt: '2026-01-01T00:00:00Z',
      version: '1',
      appVersion: '1',
      labels,
    })
  })
  on.script(`${helm} get values edgemesh`, () => JSON.stringify({ agent: { psk: PSK } }))
  on.script(`${helm} get manifest edgemesh`, () => (state.release === undefined ? NO_RELEASE : MANIFEST))
  on.script(`${helm} history edgemesh`, '[]')
  on.script(`${helm} show chart`, 'version: "1"\nappVersion: "1"\n')
  on.script(`${helm} template`, '')
  on.script(`${helm} upgrade --install edgemesh`, () => {
    state.release = { ours: true }
    return ''
  })
  on.script(`${kubectl} get --raw /readyz`, 'ok')
  on.script(`${kubectl} get nodes`, () =>
    JSON.stringify({ items: [node('cloud-1'), node('cloud-2'), node('edge-1', [])] }),
  )
  on.script(`${kubectl} get -n kubeedge daemonset agent`, 'OnDelete')
  on.script(LIST, () =>
    JSON.stringify({ items: [daemonSet(state.pods.length, { image: state.image }), ...state.pods] }),
  )
  on.script(DELETE, (args) => {
    state.pods = state.pods.map((one) =>
      args.includes(one.metadata.name)
        ? pod(`${one.metadata.name}-new`, NEW, one.spec.nodeName, undefined, state.image)
        : one,
    )
    return ''
  })
})
afterEach(() => on[Symbol.asyncDispose]())

const run = (more: object = {}, options = {}) =>
  on.run({ charts: [{ ...CHART, ...more }] } as unknown as Partial<BundleManifest>, options)
const drift = async (one = step): Promise<readonly Drift[] | undefined> =>
  one.kind.drift?.(await run(), one.inputs as never)
const deleted = () => on.calls.filter((line) => line.startsWith(DELETE)).map((line) => line.split(' ')[7])
const notes = () => on.events.flatMap((event) => (event.type === 'note' ? [event.text.en] : []))

describe('a release is as it is wanted', () => {
  it('when helm has it, what it runs is up, and nothing is left to be replaced', async () => {
    expect(await check(await run(), step)).toBe(true)
  })

  it.each<[string, Partial<typeof state>]>([
    ['helm has not finished with it', { release: { ours: true, status: 'pending-upgrade' } }],
    ['its pod here waits', { pods: [pod('agent-a', NEW, 'cloud-1', 'ErrImagePull')] }],
    ['its pod here is of the release before', { pods: [pod('agent-a', OLD, 'cloud-1')] }],
    ['another cloud node’s pod is of the release before', { pods: [HERE, pod('b', OLD, 'cloud-2')] }],
    ['an edge that has the images keeps an old pod', { pods: [HERE, pod('b', OLD, 'edge-1')] }],
    ['another’s is not up', { release: { ours: false }, pods: [pod('agent-a', NEW, 'cloud-1', 'x')] }],
  ])('not while %s', async (_what, changed) => {
    Object.assign(state, changed)
    expect(await check(await run(), step)).toBe(false)
  })

  it('though an edge without the new image keeps its pod until its own upgrade', async () => {
    state.image = 'kubeedge/agent:v2'
    state.pods = [pod('agent-a', NEW, 'cloud-1'), pod('agent-e', OLD, 'edge-1')]
    expect(await check(await run(), step)).toBe(true)
  })

  it('only when what has to be restarted for its settings was restarted since', async () => {
    const started = (creationTimestamp: string) =>
      on.script(
        `${kubectl} -n kubeedge get deployment/own`,
        JSON.stringify({ metadata: { creationTimestamp }, spec: { template: { metadata: {} } } }),
      )
    const own = await run({ restarts: ['deployment/own'] })
    started('2025-12-31T23:59:59Z')
    expect(await check(own, step)).toBe(false)
    started('2026-01-01T00:00:00Z')
    expect(await check(own, step)).toBe(true)
  })
})

it('of a chart that takes no key makes none, and of one that does keeps it in the archive’s directory', async () => {
  const file = `/data/archive/${PSK_FILE}`
  await rm(path.join(on.root, file))
  state.release = undefined
  await apply(await run({ values: {} }), step)
  expect(await on.text(file)).toBeUndefined()
  state.release = undefined
  await apply(await run(), step)
  expect(await on.text(file)).toBe(`${PSK}\n`) // what EdgeMesh runs with
})

describe('what was changed by hand', () => {
  it('is the whole release where it is gone, and nothing where it is another’s', async () => {
    state.release = undefined
    expect(await drift()).toEqual([
      { kind: 'values', place: 'kubeedge/edgemesh', state: 'missing', fields: [] },
    ])
    state.release = { ours: false }
    on.script(`${helm} get values edgemesh`, '{"agent":{"psk":"their-own-key-for-the-mesh"}}')
    expect(await drift()).toEqual([])
  })

  it('is told by the key in the operator’s own file where one is named', async () => {
    await on.put('/etc/site/psk', 'the-key-of-this-site-alone\n')
    const own = chartRelease({ ...inputs, pskFile: path.join(on.root, '/etc/site/psk') })
    expect(await drift(own)).toMatchObject([{ place: 'kubeedge/edgemesh', fields: ['agent.psk'] }])
    on.script(`${helm} get values edgemesh`, '{"agent":{"psk":"the-key-of-this-site-alone"}}')
    expect(await drift(own)).toEqual([])
    expect(await drift()).toMatchObject([{ place: 'kubeedge/edgemesh', fields: ['agent.psk'] }])
  })

  it.each([
    ['a deleted object, by a run that goes on', false, '', undefined],
    ['a deleted object', true, '', 'ConfigMap cfg was deleted: it is restored'],
    ['a changed object, by a run that goes on', false, '2', 'ConfigMap cfg was changed by hand (data.a)'],
    ['a changed object', true, '2', 'ConfigMap cfg was changed by hand (data.a)'],
  ])('is told as such where somebody can have done it: %s', async (_what, complete, now, said) => {
    const cfg = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cfg' } }
    on.script(`${helm} get manifest edgemesh`, JSON.stringify({ ...cfg, data: { a: '1' } }))
    const live = now === '' ? '' : JSON.stringify({ ...cfg, data: { a: now } })
    on.script(`${kubectl} -n kubeedge get configmap/cfg`, live)
    on.script(`${kubectl} -n kubeedge get configmap cfg --ignore-not-found -o yaml`, 'theirs')
    await apply(await run({}, { complete }), step)
    expect(notes()).toEqual(said === undefined ? [] : [expect.stringContaining(said)])
  })
})

describe('an upgrade', () => {
  it('replaces the pod here first, then other cloud nodes’ and those of edges that have the images', async () => {
    state.pods = ['cloud-2', 'edge-1', 'cloud-1'].map((name) => pod(`on-${name}`, OLD, name))
    await apply(await run(), step)
    expect(deleted()).toEqual(['on-cloud-1', 'on-edge-1', 'on-cloud-2'])
    expect(notes()).toEqual([])
    expect(await check(await run(), step)).toBe(true)
  })

  it('leaves an edge’s pod that could not start again, and says until when', async () => {
    state.image = 'kubeedge/agent:v2'
    state.pods = [pod('on-cloud-1', OLD, 'cloud-1'), pod('on-edge-1', OLD, 'edge-1')]
    await apply(await run(), step)
    expect(deleted()).toEqual(['on-cloud-1'])
    expect(notes()).toEqual([
      'edgemesh keeps its current version on edge-1 until these edges are upgraded: run ./install.sh there',
    ])
  })

  it('that is stuck on another cloud node is told with the launcher that this cluster takes', () => {
    const chart = CHART as unknown as BundleChart
    const words = (cluster: Parameters<typeof stuckOn>[0]) =>
      Object.values(stuckOn(cluster, chart, 'cloud-2'))
    for (const text of words(inputs.cluster)) {
      expect(text).toContain('kubectl --kubeconfig /k -n kubeedge describe pods')
      expect(text).toContain('./install-kubeedge-only.sh')
    }
    for (const text of words(K3S_CLUSTER)) {
      expect(text).toContain('k3s kubectl -n kubeedge describe pods')
      expect(text).toContain('./install.sh')
    }
  })

  it('ends the helm of a killed run and drops what it left half done, then begins', async () => {
    const child = spawn('sleep', ['60'])
    const ended = once(child, 'exit')
    const at = path.join(on.root, 'proc', String(child.pid))
    await on.put(`/proc/${child.pid}/cmdline`, 'helm\0upgrade\0')
    await on.put(`/proc/${child.pid}/status`, 'State:\tS (sleeping)\nPPid:\t1\n')
    await mkdir(path.join(at, 'ns'))
    await mkdir(path.join(on.root, 'proc/self/ns'), { recursive: true })
    for (const one of [path.join(at, 'ns/mnt'), path.join(on.root, 'proc/self/ns/mnt')])
      await symlink('mnt:[1]', one)
    const running = await run()
    await symlink(path.join(running.directory, 'bin/helm'), path.join(at, 'exe'))
    ended
      .then(() => on.put(`/proc/${child.pid}/cmdline`, ''))
      .then(() => on.put(`/proc/${child.pid}/status`, ''))
    await apply(running, step)
    expect(await ended).toEqual([null, 'SIGKILL'])
    const [dropped, upgraded] = [' delete secret ', ' upgrade '].map((word) =>
      on.calls.findIndex((line) => line.includes(word)),
    )
    expect(dropped).toBeGreaterThan(-1)
    expect(dropped).toBeLessThan(upgraded ?? -1)
  })

  it('that fails is known to an uninstall, and goes on in the next run', async () => {
    state.release = undefined
    const running = await run({}, { complete: false })
    on.script(`${helm} upgrade --install edgemesh`, { code: 1, stderr: 'connection lost' })
    await expect(apply(running, step)).rejects.toMatchObject({ because: { en: 'connection lost' } })
    expect(running.all.receipt().steps.flatMap(({ changes }) => changes)).toMatchObject([
      { kind: 'release', release: 'edgemesh' },
    ])
    on.script(`${helm} upgrade --install edgemesh`, () => {
      state.release = { ours: true }
      return ''
    })
    await apply(running, step)
    expect(await check(running, step)).toBe(true)
  })
})
