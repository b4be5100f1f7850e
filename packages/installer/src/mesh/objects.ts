import { META_SERVER } from '../kubeedge/edgecore-config.ts'
import { NAMESPACE as namespace } from '../kubeedge/namespace.ts'
import { EMPTY_WATCH } from '../kubeedge/stale-endpoints.ts'
import type { ChangeOf } from '../state/change.ts'
import { MESH_NAME as name } from './places.ts'

interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

const RBAC = 'rbac.authorization.k8s.io'
const here = { name, namespace }
const subjects = [{ kind: 'ServiceAccount', ...here }]
const rule = (apiGroups: string, resources: string, verbs: readonly string[], more: object = {}) => ({
  apiGroups: [apiGroups],
  resources: [resources],
  verbs,
  ...more,
})

/**
 * What the service may do, and a Deployment of no replicas that it may scale and not change: its pods open a watch at
 * the metaServer of an edge. Pure.
 * @param image has to be on the edges
 */
export function meshObjects(image: string): KubernetesObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: here,
      automountServiceAccountToken: false,
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...here, annotations: { 'kubernetes.io/service-account.name': name } },
      type: 'kubernetes.io/service-account-token',
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [rule('', 'endpoints', ['list', 'patch']), rule('', 'nodes', ['list'])],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects,
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: here,
      rules: [
        rule('', 'pods', ['list']),
        rule('', 'pods/log', ['get']),
        rule('apps', 'deployments/scale', ['patch'], { resourceNames: [name] }),
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: here,
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects,
    },
    deployment(image),
  ]
}

const WATCH = `while :; do timeout 2 wget -q -O /dev/null 'http://${META_SERVER}${EMPTY_WATCH}'; sleep 3; done`

/** One pod on an edge is enough; several, each on an edge of its own, since some edges may be away. */
function deployment(image: string): KubernetesObject {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: here,
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true, // metaServer listens on the loopback address alone
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          nodeSelector: { 'node-role.kubernetes.io/edge': '' },
          tolerations: [{ operator: 'Exists' }],
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } },
              ],
            },
          },
          containers: [
            {
              name: 'watch',
              image,
              imagePullPolicy: 'Never',
              command: ['sh', '-c', WATCH],
              securityContext: {
                runAsUser: 65534,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  }
}

/** What is compared with the cluster: the service itself changes the number of replicas. */
export function comparedObjects(image: string): KubernetesObject[] {
  return meshObjects(image).map((object) => {
    if (object.kind !== 'Deployment') return object
    const { replicas: _scaled, ...spec } = object.spec as Record<string, unknown>
    return { ...object, spec }
  })
}

/** As the receipt records them. */
export function meshChanges(): ChangeOf<'object'>[] {
  return [
    { kind: 'object', resource: 'serviceaccount', ...here },
    { kind: 'object', resource: 'secret', ...here },
    { kind: 'object', resource: 'clusterrole', name },
    { kind: 'object', resource: 'clusterrolebinding', name },
    { kind: 'object', resource: 'role', ...here },
    { kind: 'object', resource: 'rolebinding', ...here },
    { kind: 'object', resource: 'deployment', ...here },
  ]
}
