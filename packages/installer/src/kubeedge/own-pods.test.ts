import { expect, it } from 'vitest'
import { duePods } from './own-pods.ts'

const OLD = 'docker.io/kubeedge/edgemesh-agent:v1.17.0'
const NEW = 'docker.io/kubeedge/edgemesh-agent:v1.17.1'

const pod = (node: string, generation: string, image: string, metadata: object = {}) => ({
  metadata: {
    name: `agent-${node}`,
    namespace: 'kubeedge',
    uid: `uid-${node}`,
    labels: { 'pod-template-generation': generation },
    ownerReferences: [{ kind: 'DaemonSet', uid: 'set' }],
    ...metadata,
  },
  spec: { nodeName: node, containers: [{ image: image.replace('docker.io/', '') }] },
})
const node = (name: string, labels = {}) => ({ metadata: { name, labels } })
const EDGE = { 'node-role.kubernetes.io/edge': '' }

/** What an edge makes of these pods, with the images that it holds and those that the archive brings. */
function look(pods: readonly object[], held: readonly string[], archive: readonly string[] = [NEW]) {
  return duePods({
    nodeName: 'edge',
    archive,
    get: async (path) => {
      if (path === '/api/v1/nodes') return { items: [node('cloud'), node('edge', EDGE), node('b', EDGE)] }
      return { items: pods }
    },
    held: async () => new Set(held),
  })
}

it('takes a pod for which the cloud runs a newer one, and whose images are here', async () => {
  const pods = [pod('cloud', '3', NEW), pod('edge', '2', OLD), pod('b', '2', OLD)]
  expect(await look(pods, [OLD, NEW])).toMatchObject([
    { pod: { name: 'agent-edge' }, missing: [], runs: true },
  ])
  expect(await look(pods, [OLD])).toMatchObject([{ wanted: [NEW], missing: [NEW], runs: true }])
})

it('takes none where the pod is the newest, also when the archive brings a newer image: the edge was first', async () => {
  expect(await look([pod('cloud', '2', OLD), pod('edge', '2', OLD)], [OLD, NEW])).toEqual([])
  expect(await look([pod('cloud', '3', NEW), pod('edge', '3', NEW)], [OLD, NEW])).toEqual([])
})

it('goes by the archive where a DaemonSet runs on edges alone', async () => {
  const pods = [pod('edge', '2', OLD), pod('b', '2', OLD)]
  expect(await look(pods, [OLD, NEW])).toMatchObject([{ wanted: [NEW], missing: [] }])
  expect(await look(pods, [OLD], [OLD])).toEqual([])
})

it('tells a pod that cannot start, since its image is not here', async () => {
  expect(await look([pod('cloud', '3', NEW), pod('edge', '3', NEW)], [OLD], [OLD])).toMatchObject([
    { missing: [NEW], runs: false },
  ])
})

it('leaves out pods of others, of no DaemonSet, and those that are being deleted', async () => {
  const others = [
    pod('edge', '2', OLD, { deletionTimestamp: '2026-11-28T08:00:00Z' }),
    pod('edge', '2', OLD, { ownerReferences: [{ kind: 'ReplicaSet', uid: 'set' }] }),
    pod('cloud', '3', NEW),
  ]
  expect(await look(others, [OLD, NEW])).toEqual([])
})

it.each(['/api/v1/nodes', '/api/v1/namespaces/kubeedge/pods'])(
  'replaces no pod by the archive alone while metaServer does not list %s',
  async (silent) => {
    const found = await duePods({
      nodeName: 'edge',
      archive: [NEW],
      get: async (path) => {
        if (path === silent) return undefined
        if (path === '/api/v1/nodes') return { items: [node('cloud'), node('edge', EDGE)] }
        return { items: [pod('edge', '2', OLD)] }
      },
      held: async () => new Set([OLD, NEW]),
    })
    expect(found).toEqual([])
  },
)
