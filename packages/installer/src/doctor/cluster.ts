import type { Text } from '@edgelift/core'
import { formatKubectl, isOwnCluster } from '../kube/access.ts'
import { apiResponds, type Cluster } from '../kube/kubectl.ts'
import type { ClusterNode } from '../kube/nodes.ts'
import { mustListPods, type PodState } from '../kube/pods.ts'
import { mustFindCloudCore } from '../kubeedge/cloudcore-deployment.ts'
import { NAMESPACE } from '../kubeedge/namespace.ts'
import { MESH_NAME } from '../mesh/places.ts'
import type { Launcher } from '../state/way-back.ts'
import type { DoctorCode } from './codes.ts'
import { again, type Diagnosis } from './diagnosis.ts'

/** Whether the API can be asked at all: nothing else of the cluster is known without it. */
export async function apiDiagnoses(cluster: Cluster): Promise<Diagnosis[]> {
  if (await apiResponds(cluster)) return []
  const ready = `${formatKubectl(cluster)} get --raw /readyz`
  return [
    {
      code: 'API_SILENT',
      seen: { en: "Kubernetes' API does not respond", zh: 'Kubernetes API 无响应' },
      cause: {
        en: 'it does not run, or its certificates have expired; nothing else of the cluster can be checked',
        zh: 'API server 未运行，或其证书已过期；集群的其他项目无法检查',
      },
      fix: isOwnCluster(cluster)
        ? {
            en: `start it (systemctl restart k3s renews its certificates), then: ${ready}`,
            zh: `启动它（systemctl restart k3s 会续签证书），然后执行 ${ready}`,
          }
        : {
            en: `start it on the control-plane node of this cluster, by whose own means its certificates are renewed (kubeadm certs check-expiration); then: ${ready}`,
            zh: `在该集群的控制平面节点上启动它；证书请用该集群自己的方式续签（如 kubeadm certs check-expiration）；然后执行 ${ready}`,
          },
    },
  ]
}

/** Edges connect to it, so it comes before all else that is wrong with them. */
export async function cloudCoreDiagnoses(
  cluster: Cluster,
  launcher: Launcher,
  nodes: readonly ClusterNode[] = [],
): Promise<Diagnosis[]> {
  const found = await mustFindCloudCore(cluster)
  if (found === null)
    return [
      {
        ...cloudCore({ en: 'its Deployment was deleted', zh: '其 Deployment 已被删除' }, again(launcher)),
        mayFollow: ['INSTALLATION_INCOMPLETE'],
      },
    ]
  const { spec, status } = found
  const scale = `${formatKubectl(cluster)} -n ${NAMESPACE} scale deployment/cloudcore --replicas=1`
  if (spec.replicas === 0)
    return [
      cloudCore(
        { en: 'somebody scaled its Deployment to 0 replicas', zh: '其 Deployment 的副本数被设为 0' },
        { en: `${scale}; ${launcher} does the same`, zh: `${scale}；或执行 ${launcher}` },
      ),
    ]
  if (status.availableReplicas > 0) return []
  const logs = `${formatKubectl(cluster)} -n ${NAMESPACE} logs deployment/cloudcore --tail=50`
  const down = cloudCore({ en: 'its pod is not ready', zh: '其 Pod 未就绪' }, { en: logs, zh: logs })
  const isHomeless = !nodes.some(({ isEdge, ready }) => ready && !isEdge)
  return [isHomeless ? { ...down, mayFollow: ['NODE_NOT_READY'] } : down]
}

function cloudCore(cause: Text, fix: Text): Diagnosis {
  return {
    code: 'CLOUDCORE_DOWN',
    seen: {
      en: 'CloudCore does not run: no edge is connected, and none can join',
      zh: 'CloudCore 未运行：边缘节点全部断开，也无法接入',
    },
    cause,
    fix,
  }
}

/** Where pods run, which node is this machine, and by what the cloud was installed. */
export interface PodPlaces {
  readonly nodes: readonly ClusterNode[]
  readonly own: string | undefined
  readonly launcher: Launcher
}

/**
 * Pods of KubeEdge and EdgeMesh that do not run. One that is being deleted or has ended is the outcome of something, and no
 * cause: another one stands for it. Those of the mesh refresh service live for seconds, on whatever edges are up: whether it
 * works, it says itself.
 */
export async function podDiagnoses(cluster: Cluster, places: PodPlaces): Promise<Diagnosis[]> {
  const pods = await mustListPods(cluster, NAMESPACE, '')
  return pods
    .filter((pod) => !pod.running && !pod.ending && !pod.ended && pod.labels.app !== MESH_NAME)
    .map((pod) => ({
      ...podDiagnosis(pod, formatKubectl(cluster), launcherAt(pod, places)),
      mayFollow: causesOf(pod, places),
      brings: BRINGS[pod.labels.kubeedge ?? ''] ?? [],
    }))
}

/** By the label `kubeedge` of their charts. */
const BRINGS: Readonly<Record<string, readonly DoctorCode[]>> = {
  cloudcore: ['CLOUDCORE_DOWN'],
  'edgemesh-agent': ['AGENT_MISSING'],
}

/** What is found on this machine, and holds for the pods on it alone; a pod that has no node yet may be waiting for it. */
const OF_THIS_NODE: readonly DoctorCode[] = ['DISK_FULL', 'DISK_PRESSURE', 'IMAGE_MISSING', 'NODE_DELETED']

function causesOf({ node }: PodState, { nodes, own }: PodPlaces): DoctorCode[] {
  const known = nodes.find(({ name }) => name === node)
  return [
    ...(node === undefined || node === own ? OF_THIS_NODE : []),
    ...(known?.ready === false ? (['NODE_NOT_READY'] as const) : []),
    ...(known?.isEdge ? (['CLOUDCORE_DOWN'] as const) : []),
  ]
}

/** By which the node of a pod was installed. */
function launcherAt({ node }: PodState, { nodes, launcher }: PodPlaces): Launcher {
  return nodes.some((one) => one.name === node && one.isEdge) ? './install.sh' : launcher
}

function podDiagnosis({ name, node, reason }: PodState, kubectl: string, launcher: Launcher): Diagnosis {
  const seen = {
    en: `${name} on ${node ?? 'no node'}: ${reason}`,
    zh: `${name}（节点 ${node ?? '无'}）：${reason}`,
  }
  const fix = {
    en: `on that node: ./edgelift doctor, then ${launcher} again; ${kubectl} -n ${NAMESPACE} describe pod ${name}`,
    zh: `在该节点执行 ./edgelift doctor 并重新执行 ${launcher}；${kubectl} -n ${NAMESPACE} describe pod ${name}`,
  }
  if (/Image/.test(reason))
    return {
      code: 'IMAGE_NOT_PULLED',
      problem: 'P7',
      seen,
      cause: { en: 'its image is not on that node under its exact name', zh: '该节点上没有同名镜像' },
      fix,
    }
  if (reason === 'CrashLoopBackOff')
    return {
      code: 'POD_CRASHES',
      problem: 'P1',
      seen,
      cause: {
        en: 'its log says why; an EdgeMesh agent exits without a nameserver in /etc/resolv.conf of its node, without metaServer, or with an unusable PSK',
        zh: '原因见其日志；EdgeMesh agent 在节点 /etc/resolv.conf 没有 nameserver、metaServer 无响应或 PSK 不可用时会退出',
      },
      fix: {
        en: `${kubectl} -n ${NAMESPACE} logs ${name} --previous; ${fix.en}`,
        zh: `${kubectl} -n ${NAMESPACE} logs ${name} --previous；${fix.zh}`,
      },
    }
  return {
    code: 'POD_NOT_RUNNING',
    seen,
    cause: { en: 'it has not started yet, or its node is down', zh: '尚未启动，或所在节点离线' },
    fix,
  }
}
