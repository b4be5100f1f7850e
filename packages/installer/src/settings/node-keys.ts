import { LABEL_KEY, LABEL_VALUE } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'

/** Why a setting is refused, and what to do instead. */
export interface Refusal {
  readonly why: Text
  readonly fix: Text
}

/** What EdgeCore gives each node (KubeEdge's kubelet, pkg/kubelet/kubelet_node_status.go, `initialNode`). */
const ROLES = ['node-role.kubernetes.io/edge', 'node-role.kubernetes.io/agent']

/** Keys of Kubernetes' own domains that a kubelet takes (Kubernetes k8s.io/kubelet pkg/apis/well_known_labels.go). */
const TAKEN: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
])
const TAKEN_BELOW = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const KUBERNETES = ['kubernetes.io', 'k8s.io']

/**
 * Why EdgeCore does not start with a label (Kubernetes cmd/kubelet/app/options, `ValidateKubeletFlags`), or does not keep
 * it; undefined for one that works.
 * @param arch of the node, as Kubernetes writes it; undefined where it is not known
 */
export function refusedLabel(key: string, value: string, arch?: string): Refusal | undefined {
  if (!LABEL_KEY.test(key)) return { why: notQualified(key), fix: QUALIFIED }
  if (ROLES.includes(key)) return { why: SET_BY_EDGECORE, fix: REMOVE }
  const real = key === 'kubernetes.io/os' ? 'linux' : key === 'kubernetes.io/arch' ? arch : undefined
  if (real !== undefined && value !== real) return { why: corrected(real), fix: REMOVE }
  const domain = domainOf(key)
  if (!isBelow(domain, KUBERNETES) || isBelow(domain, TAKEN_BELOW) || TAKEN.has(key)) return undefined
  return { why: RESERVED, fix: labelLater(key, value) }
}

/** Why the API server does not take a node with a taint (Kubernetes pkg/apis/core/validation, `validateNodeTaints`). */
export function refusedTaint({
  key,
  value = '',
}: {
  readonly key: string
  readonly value?: string
}): Refusal | undefined {
  if (!LABEL_KEY.test(key)) return { why: notQualified(key), fix: QUALIFIED }
  if (LABEL_VALUE.test(value)) return undefined
  const why = { en: `${value} is not a taint value`, zh: `${value} 不是有效的污点值` }
  return { why, fix: VALUES }
}

function domainOf(key: string): string {
  return key.includes('/') ? key.replace(/\/.*$/, '') : ''
}

function isBelow(domain: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => domain === suffix || domain.endsWith(`.${suffix}`))
}

function notQualified(key: string): Text {
  return { en: `${key} is not a key that Kubernetes takes`, zh: `${key} 不是 Kubernetes 接受的键` }
}

function corrected(real: string): Text {
  return {
    en: `EdgeCore sets this label itself, on this node to ${real}`,
    zh: `该标签由 EdgeCore 自行设置，本节点为 ${real}`,
  }
}

function labelLater(key: string, value: string): Text {
  const command = `kubectl label node NAME ${key}=${value}`
  return {
    en: `use a key of your own domain, such as example.com/role, or set it on the cloud once the node has joined: ${command}`,
    zh: `请改用自有域名的键，例如 example.com/role；或在节点接入后于云端设置：${command}`,
  }
}

const RESERVED: Text = {
  en: 'EdgeCore does not start with it: of the labels of kubernetes.io and k8s.io, a kubelet may set only a few itself',
  zh: '设置后 EdgeCore 无法启动：kubernetes.io 与 k8s.io 下的标签，kubelet 只能自行设置其中少数几个',
}

const SET_BY_EDGECORE: Text = {
  en: 'EdgeCore gives it to each edge node itself, and does not start where it is set',
  zh: 'EdgeCore 会为每个边缘节点自行设置该标签；在参数中设置后 EdgeCore 无法启动',
}

const REMOVE: Text = { en: 'remove it', zh: '请将其去掉' }

const QUALIFIED: Text = {
  en: 'a key has letters, digits, "-", "_" and ".", at most 63, and may begin with a domain: example.com/line',
  zh: '键由字母、数字、“-”、“_”、“.”组成，最长 63 个字符，可带域名前缀：example.com/line',
}

const VALUES: Text = {
  en: 'a value has letters, digits, "-", "_" and ".", at most 63',
  zh: '值由字母、数字、“-”、“_”、“.”组成，最长 63 个字符',
}
