import { setTimeout as sleep } from 'node:timers/promises'
import { same, type Text } from '@edgelift/core'
import { type Cluster, kubectl, podStates, tryKubectl } from '../cloud/kubectl.ts'
import type { Check } from './checks.ts'

const NAMESPACE = 'edgelift-verify'
const DEADLINE = 180 // seconds

/**
 * The guide's functional test from images of the archive: two replicas that answer with their host name behind
 * `hostname-svc:12345`, and on every Ready node a pod that resolves and fetches it. All of it is removed again.
 */
export function functionalTest(cluster: Cluster, image: string): Check {
  return {
    id: 'functional',
    title: { en: 'hostname-svc:12345 is fetched from every node', zh: '每个节点都能访问 hostname-svc:12345' },
    run: async () => {
      try {
        const nodes = await readyNodes(cluster)
        if (nodes.length === 0) return { en: 'no node is Ready', zh: '没有就绪的节点' }
        await kubectl(cluster, ['apply', '-f', '-'], JSON.stringify(objects(image, nodes)))
        return await fetched(cluster, nodes)
      } finally {
        await tryKubectl(cluster, 'delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false')
      }
    },
  }
}

async function readyNodes(cluster: Cluster): Promise<string[]> {
  const path = `jsonpath={range .items[?(@.status.conditions[-1].status=="True")]}{.metadata.name}{"\\n"}{end}`
  return ((await tryKubectl(cluster, 'get', 'nodes', '-o', path)) ?? '')
    .split('\n')
    .filter((name) => name !== '')
}

/** A client is Running and ready once it has fetched the service: its readiness probe looks for the answer. */
async function fetched(cluster: Cluster, nodes: readonly string[]): Promise<Text | undefined> {
  const until = performance.now() + DEADLINE * 1000
  for (;;) {
    const clients = await podStates(cluster, NAMESPACE, 'app=client')
    const done = new Set(clients.filter((pod) => pod.running).map((pod) => pod.node))
    const without = nodes.filter((node) => !done.has(node))
    if (without.length === 0) return undefined
    if (performance.now() > until) {
      const reasons = clients.filter((pod) => !pod.running).map((pod) => `${pod.name}: ${pod.reason}`)
      return same(`- ${without.join(', ')} (${reasons.join('; ')})`)
    }
    await sleep(2000)
  }
}

function objects(image: string, nodes: readonly string[]): unknown {
  const container = { image, imagePullPolicy: 'Never' }
  const serve = 'mkdir -p /www && hostname > /www/index.html && exec httpd -f -p 9376 -h /www'
  const fetchLoop =
    'while ! timeout 5 wget -q -O /answer http://hostname-svc:12345/; do sleep 1; done; cat /answer; exec sleep 3600'
  const everywhere = [{ operator: 'Exists' }]
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'hostname', namespace: NAMESPACE },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'hostname' } },
          template: {
            metadata: { labels: { app: 'hostname' } },
            spec: {
              automountServiceAccountToken: false,
              terminationGracePeriodSeconds: 0,
              tolerations: everywhere,
              containers: [
                {
                  ...container,
                  name: 'hostname',
                  command: ['sh', '-c', serve],
                  ports: [{ containerPort: 9376 }],
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'hostname-svc', namespace: NAMESPACE },
        spec: { selector: { app: 'hostname' }, ports: [{ port: 12345, targetPort: 9376 }] },
      },
      ...nodes.map((node, index) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `client-${index}`, namespace: NAMESPACE, labels: { app: 'client' } },
        spec: {
          nodeName: node,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          tolerations: everywhere,
          containers: [
            {
              ...container,
              name: 'client',
              command: ['sh', '-c', fetchLoop],
              readinessProbe: { exec: { command: ['test', '-s', '/answer'] }, periodSeconds: 2 },
            },
          ],
        },
      })),
    ],
  }
}
