import { joinTexts, type Text } from '@edgelift/core'
import { formatKubectl } from '../kube/access.ts'
import { type Cluster, tryKubectl } from '../kube/kubectl.ts'
import { podStates } from '../kube/pods.ts'
import { MARK } from './test-objects.ts'

/** What busybox's wget says of a name that nobody resolves. */
const UNKNOWN = 'bad address'

/**
 * Adds the cause to what the functional test says, where a node does not even know the name of the new Service. On an edge its
 * EdgeMesh agent opened its watches while CloudCore was away, and metaServer had the cloud told of none of them
 * (KubeEdge v1.22.0 edge/pkg/metamanager/metaserver). They are opened again after five to ten minutes (client-go). On another
 * node it is the cluster's DNS.
 * @param edges names of the edges
 */
export async function withUnheard(
  cluster: Cluster,
  namespace: string,
  { failed, edges }: { readonly failed: Text; readonly edges: readonly string[] },
): Promise<Text> {
  const pods = ((await podStates(cluster, namespace, MARK)) ?? []).filter(
    ({ name, running }) => name.startsWith('client-') && !running,
  )
  const nodes: string[] = []
  for (const { name, node } of pods) {
    const log = await tryKubectl(cluster, '-n', namespace, 'logs', name, '--tail=3')
    if (node !== undefined && log?.includes(UNKNOWN)) nodes.push(node)
  }
  const deaf = nodes.filter((node) => edges.includes(node))
  const others = nodes.filter((node) => !edges.includes(node))
  const why = [
    ...(deaf.length === 0 ? [] : [ofEdges(deaf.join(', '))]),
    ...(others.length === 0 ? [] : [ofOthers(cluster, others.join(', '))]),
  ]
  return joinTexts([failed, ...why], '; ')
}

function ofEdges(list: string): Text {
  return {
    en: `new services are not known on ${list}: the EdgeMesh agent there began to watch while CloudCore was away. Wait ten minutes, or run systemctl restart edgecore there, and verify again`,
    zh: `${list} 上无法解析新建的 Service：其 EdgeMesh agent 在 CloudCore 不可达期间建立了 watch。请等待十分钟，或在该节点执行 systemctl restart edgecore，然后重新验证`,
  }
}

function ofOthers(cluster: Cluster, list: string): Text {
  const coredns = `${formatKubectl(cluster)} -n kube-system rollout restart deployment/coredns`
  return {
    en: `new services are not known on ${list}: the cluster’s DNS does not resolve them. Restart it (${coredns}), and verify again`,
    zh: `${list} 上无法解析新建的 Service：集群 DNS 未解析到。请重启集群 DNS（${coredns}），然后重新验证`,
  }
}
