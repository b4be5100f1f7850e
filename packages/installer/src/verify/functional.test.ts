import type { Exec } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { NO_API } from '../kube/kubectl.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { functionalTest } from './functional.ts'

const KUBECTL = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'
const EDGE = { 'node-role.kubernetes.io/edge': '' }

let node: Trial
let applied: { kind: string; metadata: { name: string; namespace?: string } }[]
beforeEach(async () => {
  node = await trial()
  applied = []
  node.script(`${KUBECTL} apply`, (_args, input = '') => {
    const { items } = JSON.parse(input) as { items: typeof applied }
    applied = items
    return ''
  })
  node.script(`${KUBECTL} delete namespace`, '')
  node.script(`${KUBECTL} get namespaces`, JSON.stringify({ items: [] }))
  node.script(`${KUBECTL} -n kube-system get service kube-dns`, '10.43.0.10')
})
afterEach(() => node[Symbol.asyncDispose]())

function clusterOf(
  ...nodes: readonly { readonly name: string; readonly edge?: boolean; readonly ready?: boolean }[]
) {
  const items = nodes.map(({ name, edge = false, ready = true }) => ({
    metadata: { name, labels: edge ? EDGE : {} },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      nodeInfo: { containerRuntimeVersion: 'containerd://2' },
    },
  }))
  node.script(`${KUBECTL} get nodes`, JSON.stringify({ items }))
}

/** Pods of the test, all of which have seen what they look for. */
function podsOf(...pods: readonly (readonly [name: string, on: string])[]) {
  const items = pods.map(([name, on]) => ({
    metadata: { name },
    spec: { nodeName: on },
    status: { phase: 'Running', containerStatuses: [{ ready: true, restartCount: 0, state: {} }] },
  }))
  node.script(`${KUBECTL} -n`, (args) => {
    const line = args.join(' ')
    if (line.includes('kube-dns')) return '10.43.0.10'
    return line.includes('get pods') ? JSON.stringify({ items }) : ''
  })
}
const SEEN = [
  ['client-a', 'cloud'],
  ['client-b', 'edge'],
  ['dns-a', 'edge'],
  ['old-a', 'edge'],
] as const

async function outcome(stop = new AbortController()) {
  // As the real one: what is called after a signal does not run.
  const exec: Exec = async (command, args, options) => {
    const { signal = stop.signal } = options ?? {}
    signal.throwIfAborted()
    return node.host.exec(command, args, options)
  }
  const checks = functionalTest({
    cluster: { host: { ...node.host, exec }, ...K3S_CLUSTER },
    image: 'docker.io/library/busybox:1.36',
    holdsImage: () => true,
    report: () => {},
    signal: stop.signal,
  })
  const found: Record<string, unknown> = {}
  for (const { id, run } of checks) found[id] = await run()
  return found
}

const deletions = () => node.calls.filter((line) => line.includes('delete namespace')).length

describe('the functional test', () => {
  it('makes its pods once for all its checks, and removes them before and after', async () => {
    clusterOf({ name: 'cloud' }, { name: 'edge', edge: true })
    podsOf(...SEEN)
    expect(await outcome()).toEqual({ V6: undefined, functional: undefined, established: undefined })
    expect(node.calls.filter((line) => line.includes('apply')).length).toBe(1)
    expect(deletions()).toBe(2)
    const [namespace] = applied.filter(({ kind }) => kind === 'Namespace')
    expect(namespace?.metadata.name).toMatch(/^edgelift-verify-[0-9a-f]{6}$/)
  })

  it('skips what only an edge can show while none has joined', async () => {
    clusterOf({ name: 'cloud' })
    podsOf(['client-a', 'cloud'])
    const { V6, functional, established } = await outcome()
    expect(functional).toBeUndefined()
    for (const one of [V6, established])
      expect(one).toEqual({ skipped: { en: 'no edge node has joined yet', zh: '尚无边缘节点接入' } })
  })

  it('says that no node is Ready without making a pod', async () => {
    clusterOf({ name: 'cloud', ready: false })
    expect((await outcome()).functional).toEqual({ en: 'no node is Ready', zh: '没有就绪的节点' })
    expect(applied).toEqual([])
  })

  it('says that the API is silent, which is no word of pods that are missing', async () => {
    clusterOf({ name: 'cloud' }, { name: 'edge', edge: true })
    node.script(`${KUBECTL} -n`, { code: 1, stderr: 'Unable to connect to the server' })
    let clock = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 50_000))
    const { V6, functional } = await outcome().finally(() => vi.restoreAllMocks())
    for (const one of [V6, functional]) expect(one).toEqual(NO_API)
  })

  it('names in both languages the nodes that have not seen it, and what their pods wait for', async () => {
    clusterOf({ name: 'cloud' }, { name: 'edge', edge: true })
    const waiting = { ready: false, restartCount: 0, state: { waiting: { reason: 'ErrImageNeverPull' } } }
    const items = [
      {
        metadata: { name: 'client-b' },
        spec: { nodeName: 'edge' },
        status: { phase: 'Pending', containerStatuses: [waiting] },
      },
    ]
    node.script(`${KUBECTL} -n`, (args) => (args.includes('pods') ? JSON.stringify({ items }) : '10.43.0.10'))
    let clock = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 50_000))
    const { V6, functional } = await outcome().finally(() => vi.restoreAllMocks())
    expect(functional).toMatchObject({
      en: expect.stringMatching(/^not within \d+ s on: cloud \(no Pod\), edge \(ErrImageNeverPull\)$/),
      zh: expect.stringMatching(/^\d+ 秒内未成功的节点：cloud（没有 Pod）、edge（ErrImageNeverPull）$/),
    })
    expect(V6).toMatchObject({ zh: expect.stringMatching(/：edge（没有 Pod）$/) })
  })

  it.each([
    ['has no such Service', '', { skipped: { en: 'the cluster has no Service kube-system/kube-dns' } }],
    ['is silent', { code: 1, stderr: 'Unable to connect to the server' }, NO_API],
  ])('does not look for a Service of before where the API %s', async (_how, kubeDns, expected) => {
    clusterOf({ name: 'cloud' }, { name: 'edge', edge: true })
    podsOf(...SEEN)
    node.script(`${KUBECTL} -n kube-system get service kube-dns`, kubeDns)
    const { V6, functional, established } = await outcome()
    expect([V6, functional]).toEqual([undefined, undefined])
    expect(established).toMatchObject(expected)
    expect(JSON.stringify(applied)).not.toContain('"old-')
  })

  it('leaves nothing behind when a signal stops it', async () => {
    clusterOf({ name: 'cloud' })
    const stop = new AbortController()
    node.script(`${KUBECTL} -n`, (args) => {
      if (args.join(' ').includes('get pods')) stop.abort()
      return JSON.stringify({ items: [] })
    })
    await expect(outcome(stop)).rejects.toMatchObject({ name: 'AbortError' })
    expect(deletions()).toBe(2)
  })

  it('leaves nothing behind when its pods cannot be made', async () => {
    clusterOf({ name: 'cloud' })
    node.script(`${KUBECTL} apply`, { code: 1, stderr: 'forbidden' })
    await expect(outcome()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect(deletions()).toBe(2)
  })
})
