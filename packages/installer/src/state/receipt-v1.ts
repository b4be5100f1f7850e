import { z } from 'zod'
import type { Change } from './change.ts'
import { KeptSettings, type Receipt, type StepRecord } from './receipt.ts'

/** The first format: what was taken, without the step that took it. Beside it markers told what else was changed. */
export const ReceiptV1 = z.strictObject({
  format: z.literal('edgelift/receipt/v1'),
  bundle: z.string(),
  role: z.enum(['cloud', 'edge']),
  lock: z.string(),
  edgelift: z.string(),
  directory: z.string(),
  answers: KeptSettings,
  kubeEdgeOnly: z.strictObject({ kubeconfig: z.string() }).optional(),
  claims: z.array(z.strictObject({ path: z.string(), backup: z.string().optional() })),
  folders: z.array(z.string()),
  trees: z.array(z.strictObject({ path: z.string(), before: z.array(z.string()).optional() })),
  before: z.strictObject({
    settings: z.record(z.string(), z.string()),
    chains: z.array(z.string()),
    links: z.array(z.string()),
    namespaces: z.array(z.string()),
    containers: z.array(z.string()),
  }),
  completed: z.string().optional(),
})
export type ReceiptV1 = z.infer<typeof ReceiptV1>

const K3S_DATA = '/var/lib/rancher/k3s'

/**
 * A receipt of the first format as one of today's: its changes under the steps that made them, in their order.
 * @param markers names of the markers that stood beside it
 */
export function migratedReceipt(old: ReceiptV1, markers: readonly string[]): Receipt {
  const { format: _format, answers, claims: _claims, folders: _folders, trees: _trees, before, ...head } = old
  const { settings, ...baseline } = before
  return {
    ...head,
    format: 'edgelift/receipt/v2',
    settings: answers,
    node: nodeOf(answers),
    baseline: { kernel: settings, ...baseline, mounts: [] },
    steps: stepsOf(old, markers).filter(({ changes }) => changes.length > 0),
  }
}

const BUNDLED_CONTAINERD: readonly Change[] = [
  { kind: 'pods', socket: '/run/containerd/containerd.sock' },
  { kind: 'unit', unit: 'containerd.service', programs: ['/usr/local/bin/containerd'] },
]

const Node = z.object({ nodeName: z.string().optional(), cloud: z.object({ host: z.string() }).optional() })

function nodeOf(answers: ReceiptV1['answers']): Receipt['node'] {
  const { nodeName, cloud } = Node.safeParse(answers).data ?? {}
  return { ...(nodeName === undefined ? {} : { name: nodeName }), ...(cloud ? { cloud: cloud.host } : {}) }
}

function stepsOf(old: ReceiptV1, markers: readonly string[]): StepRecord[] {
  const marked = (kind: string) =>
    markers.flatMap((name) => (name.startsWith(`${kind}/`) ? name.slice(kind.length + 1) : []))
  const adapted = marked('written').map((file) => `/${file}`)
  const files = fileChanges(old, (path) => !adapted.includes(path))
  const images = [
    ...marked('image').map((reference): Change => ({ kind: 'image', reference, was: 'absent' })),
    ...marked('pinned')
      .filter((reference) => !marked('image').includes(reference))
      .map((reference): Change => ({ kind: 'image', reference, was: 'unpinned' })),
  ]
  if (old.role === 'edge') {
    const bundled = old.answers.containerd !== 'existing'
    return [
      step('container-runtime', files),
      step('containerd-config', [
        ...(adapted.length > 0 ? [{ kind: 'restart', unit: 'containerd.service' } as const] : []),
        ...old.claims
          .filter(({ path }) => adapted.includes(path))
          .map((claim): Change => ({ kind: 'file', ...claim })),
      ]),
      step('containerd-start', [
        ...(bundled ? BUNDLED_CONTAINERD : []),
        ...marked('started').map((unit): Change => ({ kind: 'started', unit })),
      ]),
      step('images', images),
      step('join', [
        ...(bundled ? [] : [{ kind: 'pods', sharedNetwork: 'containerd-net' } as const]),
        { kind: 'unit', unit: 'edgecore.service', programs: ['/usr/local/bin/edgecore'] },
      ]),
    ]
  }
  const objects = (['namespace', 'crd'] as const).flatMap((resource) =>
    marked(resource).map((name): Change => ({ kind: 'object', resource, name })),
  )
  const label: Change = {
    kind: 'label',
    resource: 'service',
    namespace: 'default',
    name: 'kubernetes',
    label: 'service.edgemesh.kubeedge.io/service-proxy-name',
  }
  const inCluster = [...objects, ...(marked('label').length > 0 ? [label] : [])]
  if (old.kubeEdgeOnly !== undefined)
    return [step('images', [...files, ...images]), step('charts', [...inCluster, { kind: 'all-releases' }])]
  const socket = '/run/k3s/containerd/containerd.sock'
  return [
    step('k3s', files),
    step('k3s-start', [
      { kind: 'pods', socket, sockets: ['/run/containerd/s', '/run/nri'] },
      { kind: 'unit', unit: 'k3s.service', programs: ['/usr/local/bin/k3s', `${K3S_DATA}/data/`] },
    ]),
    step('charts', inCluster),
  ]
}

/** Folders first: what is undone last. */
function fileChanges(old: ReceiptV1, isWanted: (path: string) => boolean): Change[] {
  return [
    ...old.folders.map((path): Change => ({ kind: 'folder', path })),
    ...old.trees.map(
      ({ path, before }): Change => ({
        kind: 'tree',
        path,
        ...(before === undefined ? {} : { held: [{ path, names: before }] }),
        ...(path === K3S_DATA ? { keep: ['storage'] } : {}),
      }),
    ),
    ...old.claims.filter(({ path }) => isWanted(path)).map((claim): Change => ({ kind: 'file', ...claim })),
  ]
}

function step(stepId: string, changes: readonly Change[]): StepRecord {
  return { stepId, title: TITLES[stepId] ?? { en: stepId, zh: stepId }, changes: [...changes] }
}

const TITLES: Readonly<Record<string, StepRecord['title']>> = {
  'container-runtime': { en: 'container runtime', zh: '容器运行时' },
  'containerd-config': { en: 'configuration of the existing containerd', zh: '本机已有 containerd 的配置' },
  'containerd-start': { en: 'containerd', zh: 'containerd' },
  images: { en: 'images', zh: '镜像' },
  join: { en: 'EdgeCore', zh: 'EdgeCore' },
  k3s: { en: 'files of K3s', zh: 'K3s 文件' },
  'k3s-start': { en: 'K3s', zh: 'K3s' },
  charts: { en: 'KubeEdge in the cluster', zh: '集群中的 KubeEdge' },
}
