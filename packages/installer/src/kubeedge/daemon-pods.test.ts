import { describe, expect, it } from 'vitest'
import { type DaemonPod, daemonPods, edgeNames, newerImages, otherTag, repositoryOf } from './daemon-pods.ts'

const AGENT = 'docker.io/kubeedge/edgemesh-agent'
const object = (metadata: object = {}, spec: object = {}) => ({
  metadata: {
    name: 'agent-a',
    namespace: 'kubeedge',
    uid: 'u-1',
    labels: { 'pod-template-generation': '2' },
    ownerReferences: [{ kind: 'DaemonSet', uid: 'set' }],
    ...metadata,
  },
  spec: { nodeName: 'edge', containers: [{ image: 'kubeedge/edgemesh-agent:v1' }], ...spec },
})

describe('the pods of DaemonSets in a list', () => {
  it('have their images by the names that containerd has, those of their init containers among them', () => {
    const initContainers = [{ image: 'busybox' }]
    expect(daemonPods({ items: [object({}, { initContainers })] })).toEqual([
      {
        namespace: 'kubeedge',
        name: 'agent-a',
        uid: 'u-1',
        node: 'edge',
        owner: 'set',
        generation: 2,
        images: [`${AGENT}:v1`, 'docker.io/library/busybox:latest'],
      },
    ])
  })

  it.each<[string, object]>([
    ['of another controller', object({ ownerReferences: [{ kind: 'ReplicaSet', uid: 'x' }] })],
    ['without a controller', object({ ownerReferences: undefined })],
    ['that are being deleted', object({ deletionTimestamp: '2026-11-28T00:00:00Z' })],
    ['whose uid would be part of a filter', object({ uid: 'u"; x' })],
  ])('leave out those %s', (_what, pod) => {
    expect(daemonPods({ items: [pod, object({ name: 'other' })] }).map(({ name }) => name)).toEqual(['other'])
  })

  it.each([undefined, {}, { items: null }, { kind: 'Status' }])('are none in %j', (list) => {
    expect(daemonPods(list)).toEqual([])
  })
})

describe('what the cloud wants a pod of an edge to run', () => {
  const pod = (over: Partial<DaemonPod> = {}): DaemonPod => ({
    namespace: 'kubeedge',
    name: 'agent',
    uid: 'u',
    node: 'edge',
    owner: 'set',
    generation: 1,
    images: [`${AGENT}:v1`],
    ...over,
  })
  const own = pod()
  const edges = new Set(['edge', 'edge-2'])
  const newer = (pods: readonly DaemonPod[], archive: readonly string[] = [`${AGENT}:v2`]) =>
    newerImages(own, [own, ...pods], { edges, archive })

  it('is what the newest pod of its DaemonSet runs', () => {
    const pods = [
      pod({ node: 'cloud', generation: 3, images: [`${AGENT}:v3`] }),
      pod({ node: 'edge-2', generation: 2, images: [`${AGENT}:v2`] }),
      pod({ owner: 'another set', generation: 9, images: ['x'] }),
    ]
    expect(newer(pods)).toEqual({ images: [`${AGENT}:v3`], isSeen: true })
  })

  it('is what it runs where a node of the cloud runs no newer one, whatever the archive brings', () => {
    expect(newer([pod({ node: 'cloud' })])).toBeUndefined()
  })

  it('is what the archive brings where the DaemonSet runs on edges alone', () => {
    const pods = [pod({ node: 'edge-2' }), pod({ node: undefined })]
    expect(newer(pods)).toEqual({ images: [`${AGENT}:v2`], isSeen: false })
    expect(newer(pods, [`${AGENT}:v1`, `${AGENT}:v2`])).toBeUndefined()
    expect(newer(pods, ['docker.io/kubeedge/other:v2'])).toBeUndefined()
  })
})

it.each([
  ['docker.io/kubeedge/agent:v1.17.0', 'docker.io/kubeedge/agent'],
  ['localhost:5000/agent', 'localhost:5000/agent'],
  ['localhost:5000/agent:v1@sha256:ab', 'localhost:5000/agent'],
])('the repository of %s is %s', (reference, repository) => {
  expect(repositoryOf(reference)).toBe(repository)
})

it('an archive has another tag of an image where it has its repository and not the very same', () => {
  expect(otherTag(`${AGENT}:v1`, [`${AGENT}-x:v1`, `${AGENT}:v2`])).toBe(`${AGENT}:v2`)
  expect(otherTag(`${AGENT}:v1`, [`${AGENT}:v2`, `${AGENT}:v1`])).toBeUndefined()
})

it('edges are known by their label', () => {
  const node = (name: string, labels: object) => ({ metadata: { name, labels } })
  const items = [node('cloud', {}), node('edge', { 'node-role.kubernetes.io/edge': '' })]
  expect(edgeNames({ items })).toEqual(new Set(['edge']))
  expect(edgeNames(undefined)).toEqual(new Set())
})
