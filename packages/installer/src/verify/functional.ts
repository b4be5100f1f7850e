import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Report, same, type Text } from '@edgelift/core'
import { formatKubectl } from '../kube/access.ts'
import { type Cluster, kubectl, NO_API, tryKubectl } from '../kube/kubectl.ts'
import { type ClusterNode, clusterNodes } from '../kube/nodes.ts'
import { podStates } from '../kube/pods.ts'
import { EDGEMESH_DNS } from '../kubeedge/edgecore-config.ts'
import { refreshByHand } from '../kubeedge/stale-endpoints.ts'
import { unstopped } from '../node/host.ts'
import { pauses } from '../node/pauses.ts'
import { type Check, listed, NO_KUBE_DNS, type Skipped } from './check.ts'
import { namespacesGone } from './test-namespace.ts'
import { MARK, type TestPods, testObjects } from './test-objects.ts'
import { withUnheard } from './unheard.ts'

const DEADLINE = 180 // seconds

export interface FunctionalTest {
  readonly cluster: Cluster
  /** Of the archive. */
  readonly image: string
  /** Which nodes hold that image. */
  readonly holdsImage: (node: ClusterNode) => boolean
  readonly report: Report
  readonly signal: AbortSignal
}

interface Outcome {
  readonly dns: Text | Skipped | undefined
  readonly fetch: Text | undefined
  readonly old: Text | Skipped | undefined
}

const NO_EDGE: Skipped = {
  skipped: { en: 'no edge node has joined yet', zh: '尚无边缘节点接入' },
}

/**
 * V6 as a pod on each edge sees it, and the guide's functional test: two replicas, apart where there are two nodes,
 * behind `hostname-svc:12345`, and on every Ready node a pod that has fetched it from both. Both run at once, in a
 * namespace of their own, which is removed again, also after a signal; what a killed run left is removed first.
 */
export function functionalTest(test: FunctionalTest): Check[] {
  let outcome: Promise<Outcome> | undefined
  const once = () => {
    outcome ??= runTest(test)
    return outcome
  }
  return [
    {
      id: 'V6',
      edgemesh: true,
      makesPods: true,
      title: {
        en: `in a pod of each edge, nameserver ${EDGEMESH_DNS} resolves kubernetes`,
        zh: `各边缘节点的 Pod 内，nameserver ${EDGEMESH_DNS} 能解析 kubernetes`,
      },
      run: async () => (await once()).dns,
    },
    {
      id: 'functional',
      edgemesh: true,
      makesPods: true,
      title: {
        en: 'every node fetches hostname-svc:12345 from both replicas',
        zh: '每个节点都能从两个副本获取 hostname-svc:12345',
      },
      run: async () => (await once()).fetch,
    },
    {
      id: 'established',
      edgemesh: true,
      makesPods: true,
      title: {
        en: 'a pod of each edge reaches a service that existed before (kube-dns)',
        zh: '各边缘节点的 Pod 能访问已有的 Service（kube-dns）',
      },
      run: async () => (await once()).old,
    },
  ]
}

async function runTest({ cluster, image, holdsImage, report, signal }: FunctionalTest): Promise<Outcome> {
  await removeTests(cluster)
  const nodes = await clusterNodes(cluster)
  if (nodes === undefined) return { dns: NO_API, fetch: NO_API, old: NO_API }
  const ready = nodes.filter((node) => node.ready && holdsImage(node))
  if (ready.length === 0) {
    const none = { en: 'no node is Ready', zh: '没有就绪的节点' }
    return { dns: none, fetch: none, old: none }
  }
  const namespace = `edgelift-verify-${randomBytes(3).toString('hex')}`
  const dnsService = await kubeDns(cluster)
  const pods: TestPods = {
    everywhere: ready.map(({ name }) => name),
    edges: ready.filter(({ isEdge }) => isEdge).map(({ name }) => name),
    oldService: 'address' in dnsService ? dnsService.address : undefined,
  }
  try {
    await kubectl(cluster, ['apply', '-f', '-'], JSON.stringify(testObjects(namespace, image, pods)))
    const { dns, fetch, old } = await seen(cluster, namespace, pods, signal)
    if (!nodes.some(({ isEdge }) => isEdge)) return { dns: NO_EDGE, fetch, old: NO_EDGE }
    return {
      dns,
      fetch: fetch && (await withUnheard(cluster, namespace, { failed: fetch, edges: pods.edges })),
      old: 'address' in dnsService ? old && stale(cluster, old) : dnsService.without,
    }
  } finally {
    await removeTests({ ...cluster, host: unstopped(cluster.host) })
    if (!signal.aborted) await namespacesGone(cluster, report)
  }
}

/** Its address; where it is not tried, why: a silent API says nothing of it. */
async function kubeDns(
  cluster: Cluster,
): Promise<{ readonly address: string } | { readonly without: Text | Skipped }> {
  const question = ['-n', 'kube-system', 'get', 'service', 'kube-dns', '--ignore-not-found']
  const address = await tryKubectl(cluster, ...question, '-o', 'jsonpath={.spec.clusterIP}')
  if (address === undefined) return { without: NO_API }
  return isIP(address) === 0 ? { without: NO_KUBE_DNS } : { address }
}

/** Where a new service works and an old one does not, the edge holds Endpoints of before a power loss of the cloud. */
function stale(cluster: Cluster, old: Text): Text {
  const refresh = refreshByHand(formatKubectl(cluster))
  return {
    en: `${old.en}; if new services work, the edge holds stale Endpoints: run ./edgelift doctor there, then here ${refresh}`,
    zh: `${old.zh}；若新建的 Service 正常，则边缘节点保存的 Endpoints 已过期：请先在该节点执行 ./edgelift doctor，再在云端执行 ${refresh}`,
  }
}

async function removeTests(cluster: Cluster): Promise<void> {
  await tryKubectl(cluster, 'delete', 'namespace', '-l', MARK, '--ignore-not-found', '--wait=false')
}

const NO_POD: Text = { en: 'no Pod', zh: '没有 Pod' }

/** A pod is ready once it has seen what it looks for. */
async function seen(
  cluster: Cluster,
  namespace: string,
  { everywhere, edges, oldService }: TestPods,
  signal: AbortSignal,
): Promise<Record<keyof Outcome, Text | undefined>> {
  const until = performance.now() + DEADLINE * 1000
  const pause = pauses()
  for (;;) {
    const found = await podStates(cluster, namespace, MARK)
    const isLate = performance.now() > until
    if (found === undefined && isLate) return { dns: NO_API, fetch: NO_API, old: NO_API }
    const pods = found ?? []
    const without = (prefix: string, nodes: readonly string[]) =>
      nodes.flatMap((node) => {
        const pod = pods.find((one) => one.node === node && one.name.startsWith(prefix))
        if (pod?.running) return []
        const reason = pod === undefined ? NO_POD : same(pod.reason)
        return [{ en: `${node} (${reason.en})`, zh: `${node}（${reason.zh}）` }]
      })
    const dns = without('dns-', edges)
    const fetch = without('client-', everywhere)
    const old = oldService === undefined ? [] : without('old-', edges)
    if (dns.length + fetch.length + old.length === 0 || isLate) {
      const not = { en: `not within ${DEADLINE} s on`, zh: `${DEADLINE} 秒内未成功的节点` }
      return {
        dns: dns.length === 0 ? undefined : listed(not, dns),
        fetch: fetch.length === 0 ? undefined : listed(not, fetch),
        old: old.length === 0 ? undefined : listed(not, old),
      }
    }
    await sleep(pause.next().value, undefined, { signal })
  }
}
