import { archOf, k3sPath, type PlatformName } from '@edgelift/bundle'
import { counted, shellWord, type Text } from '@edgelift/core'
import type { ExistingCluster } from '../inspect/existing-cluster.ts'
import type { ClusterNode } from '../kube/nodes.ts'
import type { Unheard } from '../node/facts.ts'
import type { Finding } from './finding.ts'
import { notChecked } from './not-checked.ts'

/** The archive that images are taken from. */
export interface Packed {
  /** The unpacked archive. */
  readonly directory: string
  readonly platform: PlatformName
}

/** How many images a kubelet reports unless told otherwise (nodeStatusMaxImages). */
const REPORTED = 50

const NO_PULLS: Text = {
  en: 'nothing can be pulled offline: the pods would never start',
  zh: '离线时无法拉取镜像，Pod 无法启动',
}

/** Images come to this node by its containerd; to any other runtime or node the operator has to bring them. */
export function imagesOfNode(
  foreign: ExistingCluster & { readonly node: ClusterNode },
  asked: Packed,
): Finding[] {
  const { runtime, silent, missing, node } = foreign
  if (runtime !== undefined) return []
  if (silent !== undefined) return [imagesUnknown(silent, node, missing)]
  if (missing.length === 0) return []
  const lines = byHand(foreign, node, asked)
  return [
    {
      code: 'IMAGES_BY_HAND',
      severity: node.images.size >= REPORTED ? 'warning' : 'error',
      seen: {
        en: `node ${node.name} (${node.runtime}) lacks ${counted(missing.length, 'image')}, and they cannot be imported from here`,
        zh: `无法从本机向节点 ${node.name}（${node.runtime}）导入镜像，其缺少 ${missing.length} 个`,
      },
      matters: NO_PULLS,
      fix: {
        en: `run this on that node, with images/ of this archive, then run it again here: ${lines}`,
        zh: `请在该节点上用本离线包的 images/ 执行以下命令，然后重新运行：${lines}`,
      },
    },
  ]
}

/** What the kubelet reports of its images counts while its containerd cannot be asked. */
function imagesUnknown(silent: Unheard, { name }: ClusterNode, missing: readonly string[]): Finding {
  return notChecked(silent, {
    severity: missing.length === 0 ? 'warning' : 'error',
    what: { en: `which images node ${name} has`, zh: `节点 ${name} 已有的镜像` },
    matters: NO_PULLS,
  })
}

/** The DaemonSets of KubeEdge and EdgeMesh also run on the cluster's other nodes. */
export function imagesElsewhere(
  foreign: ExistingCluster & { readonly nodes: readonly ClusterNode[]; readonly node: ClusterNode },
  asked: Packed,
): Finding[] {
  const references = foreign.images.map(({ reference }) => reference)
  const lacking = foreign.nodes.filter(
    (one) =>
      one.name !== foreign.node.name &&
      !one.isEdge &&
      references.some((reference) => !one.images.has(reference)),
  )
  return lacking.map((one) => ({
    code: 'OTHER_NODE_IMAGES',
    severity: 'warning',
    seen: { en: `node ${one.name} does not report all images`, zh: `节点 ${one.name} 未报告全部镜像` },
    matters: {
      en: 'iptables-manager and the EdgeMesh agent run there too',
      zh: 'iptables-manager 与 EdgeMesh agent 也会在其上运行',
    },
    fix: {
      en: `on ${one.name}: ${byHand(foreign, one, asked)}`,
      zh: `在 ${one.name} 上执行：${byHand(foreign, one, asked)}`,
    },
  }))
}

/** The lines that bring the images into a node's runtime, to be run there. */
function byHand(
  { images: needed }: ExistingCluster,
  node: ClusterNode,
  { directory, platform }: Packed,
): string {
  const files = needed.map(({ reference, file }) => ({ reference, file: shellWord(`${directory}/${file}`) }))
  if (node.runtime.startsWith('docker://'))
    return files.map(({ file }) => `docker load -i ${file}`).join('; ')
  if (node.runtime.startsWith('cri-o://')) return files.map(({ file }) => `podman load -i ${file}`).join('; ')
  const own = /k3s|rke2/.test(node.runtime)
  const ctr = own
    ? `${shellWord(`${directory}/${k3sPath(archOf(platform))}`)} ctr -n k8s.io`
    : 'ctr -n k8s.io'
  return files
    .map(
      ({ reference, file }) =>
        `${ctr} images import ${file} && ${ctr} images label ${reference} io.cri-containerd.pinned=pinned`,
    )
    .join('; ')
}
