import { same, shellWord } from '@edgelift/core'
import type { ExistingCluster } from '../inspect/existing-cluster.ts'
import { formatKubectl } from '../kube/access.ts'
import type { KubeconfigFault } from '../kube/kubeconfig-fault.ts'
import type { Cluster } from '../kube/kubectl.ts'
import type { ClusterNode } from '../kube/nodes.ts'
import { imagesElsewhere, imagesOfNode, type Packed } from './existing-cluster-images.ts'
import type { Finding } from './finding.ts'

export interface Asked extends Packed {
  readonly kubeconfig: string
}

const NEEDS_API = {
  en: "KubeEdge is installed through the cluster's API",
  zh: '需要通过集群的 API 安装 KubeEdge',
}

/** What about an existing cluster keeps KubeEdge out, and what its operator should know. Pure. */
export function existingClusterFindings(foreign: ExistingCluster, asked: Asked): Finding[] {
  const { nodes, node, fault } = foreign
  if (fault !== undefined) return [unusable(fault)]
  if (nodes === undefined) return [unreachable(asked)]
  if (node === undefined) return [noNode(nodes)]
  return [
    ...present(foreign),
    ...imagesOfNode({ ...foreign, node }, asked),
    ...imagesElsewhere({ ...foreign, nodes, node }, asked),
    ...daemonSets(foreign),
    ...logs(foreign),
  ]
}

function unusable({ seen, fix }: KubeconfigFault): Finding {
  return { code: 'KUBECONFIG_UNUSABLE', severity: 'error', seen, matters: NEEDS_API, fix }
}

function unreachable({ kubeconfig }: Asked): Finding {
  return {
    code: 'CLUSTER_UNREACHABLE',
    severity: 'error',
    seen: { en: `the cluster of ${kubeconfig} does not respond`, zh: `${kubeconfig} 所指的集群无响应` },
    matters: NEEDS_API,
    fix: {
      en: `find the reason with: kubectl --kubeconfig ${shellWord(kubeconfig)} get nodes`,
      zh: `执行 kubectl --kubeconfig ${shellWord(kubeconfig)} get nodes 查看原因`,
    },
  }
}

function noNode(nodes: readonly ClusterNode[]): Finding {
  const names = nodes.filter((one) => !one.isEdge).map(({ name }) => name)
  return {
    code: 'NODE_UNKNOWN',
    severity: 'error',
    seen: {
      en: 'this machine is not a node of the cluster, or nodeName names another one',
      zh: '本机不是该集群的节点，或 nodeName 指定了其他节点',
    },
    matters: {
      en: 'CloudCore runs on one node; edges connect to its address',
      zh: 'CloudCore 会运行在某个节点上，边缘节点通过其地址访问',
    },
    fix: {
      en: `set nodeName to one of: ${names.join(', ')}`,
      zh: `请设置 nodeName，可选：${names.join('、')}`,
    },
  }
}

function present({ otherCloudCore, cluster }: ExistingCluster): Finding[] {
  if (!otherCloudCore) return []
  return [
    {
      code: 'ALREADY_PRESENT',
      severity: 'error',
      seen: {
        en: 'CloudCore is installed in this cluster, not by edgelift',
        zh: '该集群已安装 CloudCore，且不是由 edgelift 安装',
      },
      matters: { en: 'an upgrade would replace its settings', zh: '升级会覆盖其配置' },
      fix: {
        en: `keep it, or uninstall it first: ${formatKubectl(cluster)} -n kubeedge get all`,
        zh: `保留现有安装，或先将其卸载：${formatKubectl(cluster)} -n kubeedge get all`,
      },
    },
  ]
}

function daemonSets({ daemonSets: names, cluster }: ExistingCluster): Finding[] {
  if (names === undefined) return [daemonSetsUnknown(cluster)]
  if (names.length === 0) return []
  const patch =
    '{"spec":{"template":{"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"node-role.kubernetes.io/edge","operator":"DoesNotExist"}]}]}}}}}}}'
  const lines = names.map((name) => {
    const [namespace, own] = name.split('/')
    return `${formatKubectl(cluster)} -n ${namespace} patch daemonset ${own} -p '${patch}'`
  })
  return [
    {
      code: 'DAEMONSETS_ON_EDGES',
      severity: 'warning',
      seen: {
        en: `DaemonSets that would be scheduled to edge nodes: ${names.join(', ')}`,
        zh: `以下 DaemonSet 未排除边缘节点：${names.join('、')}`,
      },
      matters: {
        en: 'edge nodes do not have their images, and kube-proxy would interfere with EdgeMesh',
        zh: '其 Pod 会被调度到没有相应镜像的边缘节点，且 kube-proxy 会干扰 EdgeMesh',
      },
      fix: same(lines.join('; ')),
    },
  ]
}

function daemonSetsUnknown(cluster: Cluster): Finding {
  const command = `${formatKubectl(cluster)} get daemonsets -A`
  return {
    code: 'NOT_CHECKED',
    severity: 'warning',
    seen: {
      en: 'could not find out which DaemonSets would be scheduled to edge nodes: the cluster does not list them',
      zh: '无法检查哪些 DaemonSet 会被调度到边缘节点：集群未返回其列表',
    },
    matters: {
      en: 'edge nodes do not have their images, and kube-proxy would interfere with EdgeMesh',
      zh: '边缘节点没有相应镜像，且 kube-proxy 会干扰 EdgeMesh',
    },
    fix: {
      en: `find the reason with: ${command}; then run it again`,
      zh: `执行 ${command} 查看原因，然后重新运行`,
    },
  }
}

function logs({ logsToEdges }: ExistingCluster): Finding[] {
  if (logsToEdges === 'works') return []
  const k3s = logsToEdges === 'k3s-changes'
  return [
    {
      code: 'LOGS_TO_EDGES',
      severity: 'note',
      seen: {
        en: 'kubectl logs and exec to edge nodes may not work on this cluster',
        zh: '在该集群上，对边缘节点执行 kubectl logs 与 exec 可能失败',
      },
      matters: {
        en: k3s
          ? 'K3s dials kubelets through a tunnel that edges do not have, and checks them against a CA that CloudStream is not of'
          : 'the API server must not check kubelets against a CA that CloudStream is not of',
        zh: k3s
          ? 'K3s 通过边缘节点没有的隧道访问 kubelet，并以不适用于 CloudStream 的 CA 校验'
          : 'API Server 不能以不适用于 CloudStream 的 CA 校验 kubelet',
      },
      fix: k3s
        ? {
            en: 'set egress-selector-mode: disabled and kube-apiserver-arg: ["kubelet-certificate-authority="] in /etc/rancher/k3s/config.yaml; then systemctl restart k3s',
            zh: '在 /etc/rancher/k3s/config.yaml 中设置 egress-selector-mode: disabled 与 kube-apiserver-arg: ["kubelet-certificate-authority="]，然后 systemctl restart k3s',
          }
        : {
            en: 'start kube-apiserver without --kubelet-certificate-authority',
            zh: '启动 kube-apiserver 时不要设置 --kubelet-certificate-authority',
          },
    },
  ]
}
