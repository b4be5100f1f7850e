import { archOf, type PlatformName, ROLES, type Role } from '@edgelift/bundle'

/** The part of a Kubernetes pod spec that decides where it can run. */
export interface Scheduling {
  readonly nodeName?: unknown
  readonly nodeSelector?: unknown
  readonly affinity?: unknown
}

/**
 * The labels of each role's nodes whose presence and value are certain. K3s, pkg/server/server.go (control-plane);
 * KubeEdge, kubelet_node_status.go (edge, agent). Nodes have no taints unless somebody adds them, so tolerations
 * exclude nothing; a label that is not here may be on any node.
 */
const LABELS: Readonly<Record<Role, Readonly<Record<string, string | undefined>>>> = {
  cloud: {
    'node-role.kubernetes.io/control-plane': 'true',
    'node-role.kubernetes.io/edge': undefined,
    'node-role.kubernetes.io/agent': undefined,
  },
  edge: {
    'node-role.kubernetes.io/control-plane': undefined,
    'node-role.kubernetes.io/master': undefined,
    'node-role.kubernetes.io/edge': '',
    'node-role.kubernetes.io/agent': '',
  },
}

/** The roles on whose nodes of this platform a pod can run: every one that its rules do not exclude for certain. */
export function rolesOfPod(pod: Scheduling, platform: PlatformName): readonly Role[] {
  // A named node is chosen without looking at labels, and no name belongs to a role.
  if (typeof pod.nodeName === 'string' && pod.nodeName !== '') return ROLES
  return ROLES.filter((role) => {
    const labels = labelsOf(role, platform)
    return selectorAllows(pod.nodeSelector, labels) && affinityAllows(pod.affinity, labels)
  })
}

type Labels = ReadonlyMap<string, string | undefined>

function labelsOf(role: Role, platform: PlatformName): Labels {
  const arch = archOf(platform)
  return new Map<string, string | undefined>([
    ['kubernetes.io/os', 'linux'],
    ['beta.kubernetes.io/os', 'linux'],
    ['kubernetes.io/arch', arch],
    ['beta.kubernetes.io/arch', arch],
    ...Object.entries(LABELS[role]),
  ])
}

function selectorAllows(selector: unknown, labels: Labels): boolean {
  if (!isMap(selector)) return true
  return Object.entries(selector).every(
    ([key, value]) => !labels.has(key) || labels.get(key) === String(value ?? ''),
  )
}

/** `requiredDuringSchedulingIgnoredDuringExecution`: the terms are alternatives; without any, no node fits. */
function affinityAllows(affinity: unknown, labels: Labels): boolean {
  const required = at(at(affinity, 'nodeAffinity'), 'requiredDuringSchedulingIgnoredDuringExecution')
  if (!isMap(required)) return true
  const terms = required.nodeSelectorTerms
  return Array.isArray(terms) && terms.some((term) => termAllows(term, labels))
}

function termAllows(term: unknown, labels: Labels): boolean {
  const expressions = at(term, 'matchExpressions')
  const fields = at(term, 'matchFields')
  const rules = Array.isArray(expressions) ? expressions : []
  // Kubernetes: a term without any requirement matches no node.
  if (rules.length === 0 && !(Array.isArray(fields) && fields.length > 0)) return false
  return rules.every((rule) => ruleAllows(rule, labels))
}

function ruleAllows(rule: unknown, labels: Labels): boolean {
  const key = String(at(rule, 'key') ?? '')
  if (!labels.has(key)) return true
  const value = labels.get(key)
  const values = at(rule, 'values')
  const listed = Array.isArray(values) && value !== undefined && values.map(String).includes(value)
  switch (at(rule, 'operator')) {
    case 'In':
      return listed
    case 'NotIn':
      return !listed
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return true // Gt and Lt compare numbers, which none of these labels is
  }
}

function at(value: unknown, key: string): unknown {
  return isMap(value) ? value[key] : undefined
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
