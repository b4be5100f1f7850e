import { rm } from 'node:fs/promises'
import path from 'node:path'
import { PATHS } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import type { ExistingCluster } from '../inspect/existing-cluster.ts'
import { BORROWED_PROGRAMS, formatKubectl } from '../kube/access.ts'
import { releaseOf } from '../kube/helm.ts'
import { type Cluster, kubectl, tryKubectl } from '../kube/kubectl.ts'
import { onHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { clearMarks, isMarked, mark, unmark } from '../state/markers.ts'
import type { Step } from '../steps/step.ts'
import type { ChartContext } from './charts.ts'
import { EDGEMESH_LABEL } from './edgemesh-label.ts'

const ISTIO = ['destinationrules', 'gateways', 'virtualservices'] as const
const NAMESPACE = 'kubeedge'

/** A cleanup of a cluster that does not answer would leave everything in it: it says so, before anything is taken back. */
export function answersStep({ cluster, report }: ChartContext, { nodes }: ExistingCluster): Step {
  return {
    id: 'cluster',
    title: { en: 'the cluster answers', zh: '集群应答' },
    check: async () => true,
    apply: async () => {},
    undo: async () => {
      if (nodes !== undefined) {
        const edges = nodes.filter((node) => node.isEdge).map(({ name }) => name)
        if (edges.length > 0) report({ type: 'note', level: 'warning', text: edgesStay(cluster, edges) })
        return
      }
      throw fail('STEP_FAILED', {
        what: {
          en: `the cluster of ${cluster.kubeconfig} does not answer`,
          zh: `${cluster.kubeconfig} 所指的集群没有应答`,
        },
        because: { en: 'what was installed in it cannot be removed', zh: '无法移除其中已安装的内容' },
        fix: {
          en: `start the cluster and run it again; when the cluster is gone, remove ${cluster.kubeconfig} first`,
          zh: `请启动集群后重新运行；若集群已不存在，请先删除 ${cluster.kubeconfig}`,
        },
      })
    },
  }
}

function edgesStay(cluster: Cluster, edges: readonly string[]): Text {
  const line = `${formatKubectl(cluster)} delete node ${edges.join(' ')}`
  return {
    en: `edge nodes are still in the cluster: run ./cleanup.sh on each, then ${line}`,
    zh: `集群中仍有边缘节点：请先在各节点执行 ./cleanup.sh，然后执行 ${line}`,
  }
}

/** kubectl and ctr of the archive's K3s, unpacked where the host has none: they go at last. */
export function borrowedProgramsStep({ host }: ChartContext): Step {
  return {
    id: 'programs',
    title: { en: 'kubectl and ctr', zh: 'kubectl 与 ctr' },
    check: async () => true,
    apply: async () => {},
    undo: () => rm(onHost(host, BORROWED_PROGRAMS), { recursive: true, force: true }),
  }
}

/** A cluster whose kubeconfig was removed has gone with all that was in it. */
export function goneStep({ host }: ChartContext): Step {
  return {
    id: 'cluster',
    title: { en: 'the cluster is gone', zh: '集群已不存在' },
    check: async () => false,
    apply: async () => {
      throw new Error('a cluster that is gone is not installed on')
    },
    undo: () => clearMarks(host),
  }
}

/** Objects that were there before an installation are not taken away by its cleanup: what is made here is marked. */
export function namespaceStep({ host, cluster }: ChartContext): Step {
  const made = `namespace/${NAMESPACE}`
  return {
    id: 'namespace',
    title: { en: `namespace ${NAMESPACE}`, zh: `创建命名空间 ${NAMESPACE}` },
    check: async () => (await tryKubectl(cluster, 'get', 'namespace', NAMESPACE)) !== undefined,
    apply: async () => {
      await mark(host, made)
      await kubectl(cluster, ['create', 'namespace', NAMESPACE])
    },
    undo: async () => {
      if (await isMarked(host, made)) {
        await kubectl(cluster, ['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false'])
      }
      await unmark(host, made)
    },
  }
}

export function crdsStep({ host, cluster, directory }: ChartContext): Step {
  const names = ISTIO.map((name) => `${name}.networking.istio.io`)
  const isThere = async (name: string) => (await tryKubectl(cluster, 'get', 'crd', name)) !== undefined
  return {
    id: 'istio-crds',
    title: { en: '5.5 Istio CRDs', zh: '5.5 安装 Istio CRD' },
    check: async () => (await tryKubectl(cluster, 'get', 'crd', ...names)) !== undefined,
    apply: async () => {
      for (const name of ISTIO) {
        const crd = `${name}.networking.istio.io`
        if (await isThere(crd)) continue
        await mark(host, `crd/${crd}`)
        const file = path.join(directory, PATHS.istioCrds, `${name}.yaml`)
        await kubectl(cluster, ['apply', '--server-side', '-f', file])
      }
    },
    undo: async () => {
      for (const name of names) {
        if (await isMarked(host, `crd/${name}`)) {
          await kubectl(cluster, ['delete', 'crd', name, '--ignore-not-found', '--wait=false'])
        }
        await unmark(host, `crd/${name}`)
      }
    },
  }
}

/**
 * Keeps EdgeMesh off the API's own service. It also tells every edge that there is EdgeMesh, chosen or installed by hand;
 * without EdgeMesh a label of ours goes.
 */
export function serviceLabelStep(context: ChartContext): Step {
  const { host, cluster, manifest, settings } = context
  const wanted = async () => {
    if (settings.options.has('edgemesh')) return true
    const chart = manifest.charts.find(({ name }) => name === 'edgemesh')
    return chart !== undefined && (await releaseOf(context, cluster, chart))?.ours === false
  }
  const made = 'label/kubernetes'
  const labelled = async () => {
    const text = await tryKubectl(cluster, 'get', 'service', 'kubernetes', '-o', 'json')
    return text?.includes(`"${EDGEMESH_LABEL}"`) === true
  }
  const remove = async () => {
    if (await isMarked(host, made))
      await kubectl(cluster, ['label', 'service', 'kubernetes', `${EDGEMESH_LABEL}-`])
    await unmark(host, made)
  }
  return {
    id: 'service-label',
    title: { en: 'label the kubernetes service for EdgeMesh', zh: '为 kubernetes 服务添加 EdgeMesh 标签' },
    check: async () => ((await wanted()) ? labelled() : !(await isMarked(host, made))),
    apply: async () => {
      if (!(await wanted())) return remove()
      await mark(host, made)
      await kubectl(cluster, ['label', 'service', 'kubernetes', `${EDGEMESH_LABEL}=`, '--overwrite'])
    },
    undo: remove,
  }
}
