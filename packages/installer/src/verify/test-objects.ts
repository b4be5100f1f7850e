import { EDGEMESH_DNS } from '../kubeedge/edgecore-config.ts'

/** A label of everything that the functional test makes. */
export const MARK = 'edgelift.io/verify'
const REPLICAS = 2
const LABELS = { [MARK]: 'true' }

/** Names of the nodes that get test pods. */
export interface TestPods {
  readonly everywhere: readonly string[]
  readonly edges: readonly string[]
  /** Address of the cluster's own DNS: a service that was there before the test. */
  readonly oldService: string | undefined
}

const SERVE = 'mkdir -p /www && hostname > /www/index.html && exec httpd -f -p 9376 -h /www'
// A name of its own for each replica: as many different settings as replicas are an answer from each.
const FETCH = `mkdir -p /settings
until [ "$(ls /settings | wc -l)" -ge ${REPLICAS} ]; do
  answer=$(timeout 5 wget -q -O - http://hostname-svc:12345/) && [ -n "$answer" ] && : > "/settings/$answer"
  sleep 1
done
: > /done; exec sleep 3600`
const RESOLVE = `until grep -qx 'nameserver ${EDGEMESH_DNS}' /etc/resolv.conf &&
  nslookup kubernetes.default.svc.cluster.local | sed '1,/^Name:/d' | grep -q Address; do sleep 1; done
: > /done; exec sleep 3600`

/** A question over TCP for the root's name servers (RFC 1035, 4.2.2); any reply of a length and an id will do. */
const ask = (
  address: string,
) => `until [ "$( (printf '\\000\\021ed\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000\\000\\000\\002\\000\\001'; sleep 3) |
  timeout 8 nc ${address} 53 | head -c 4 | wc -c)" -eq 4 ]; do sleep 1; done
: > /done; exec sleep 3600`

/** The two-replica Deployment `hostname`, its Service, and the pods that look at them. Pure. */
export function testObjects(namespace: string, image: string, test: TestPods): unknown {
  const { everywhere, edges, oldService } = test
  const looks = (name: string, nodes: readonly string[], script: string) =>
    nodes.map((node, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-${index}`, namespace, labels: LABELS },
      spec: {
        ...podSpec(image, name, script, {
          readinessProbe: { exec: { command: ['test', '-e', '/done'] }, periodSeconds: 2 },
        }),
        nodeName: node,
      },
    }))
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: LABELS } },
      deployment(namespace, image, everywhere),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'hostname-svc', namespace },
        spec: { selector: { app: 'hostname' }, ports: [{ port: 12345, targetPort: 9376 }] },
      },
      ...looks('client', everywhere, FETCH),
      ...looks('dns', edges, RESOLVE),
      ...(oldService === undefined ? [] : looks('old', edges, ask(oldService))),
    ],
  }
}

function deployment(namespace: string, image: string, nodes: readonly string[]): unknown {
  const selector = { matchLabels: { app: 'hostname' } }
  const apart = { topologyKey: 'kubernetes.io/hostname', labelSelector: selector }
  const affinity = {
    // Its pods tolerate every taint, also that of a node that is down.
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: nodes.map((node) => ({
          matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }],
        })),
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }],
    },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'hostname', namespace },
    spec: {
      replicas: REPLICAS,
      selector,
      template: {
        metadata: { labels: { app: 'hostname' } },
        spec: {
          ...podSpec(image, 'hostname', SERVE, { ports: [{ containerPort: 9376 }] }),
          affinity,
        },
      },
    },
  }
}

function podSpec(image: string, name: string, script: string, more: object): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name, image, imagePullPolicy: 'Never', command: ['sh', '-c', script], ...more }],
  }
}
