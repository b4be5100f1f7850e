import { PLACEHOLDER_MARK } from '@edgelift/bundle'
import { dump } from 'js-yaml'

/** What an API server, a client and helm can notice of a CRD, except for its schema: that admits everything here. */
interface Crd {
  readonly file: string
  readonly group: string
  readonly kind: string
  /** The kind in lower case with an `s` when left out. */
  readonly plural?: string
  readonly shortNames?: readonly string[]
  readonly isCluster?: boolean
  /** In upstream's order; `*` marks the one that is stored. */
  readonly versions: readonly string[]
  readonly hasStatus?: boolean
  /** Columns of `kubectl get`: name to JSONPath. */
  readonly columns?: Readonly<Record<string, string>>
}

type Details = Partial<Omit<Crd, 'file' | 'kind' | 'versions'>>

const SYNCS = 'reliablesyncs.kubeedge.io'
const RULES = 'rules.kubeedge.io'

/** `build/crds/istio` of EdgeMesh, which is also `crds/istio` of its chart. */
export const ISTIO_CRDS: readonly Crd[] = [
  istio('DestinationRule', 'dr', { Host: '.spec.host' }),
  istio('Gateway', 'gw'),
  istio('VirtualService', 'vs', { Gateways: '.spec.gateways', Hosts: '.spec.hosts' }),
]

/** `manifests/charts/cloudcore/crds` of KubeEdge. */
export const CLOUDCORE_CRDS: readonly Crd[] = [
  kubeedge('apps_v1alpha1_edgeapplication', 'EdgeApplication', ['v1alpha1*'], { shortNames: ['eapp'] }),
  kubeedge('apps_v1alpha1_nodegroup', 'NodeGroup', ['v1alpha1*'], { shortNames: ['ng'], isCluster: true }),
  kubeedge('objectsync_v1alpha1', 'ObjectSync', ['v1alpha1*'], { group: SYNCS }),
  kubeedge('cluster_objectsync_v1alpha1', 'ClusterObjectSync', ['v1alpha1*'], {
    group: SYNCS,
    isCluster: true,
  }),
  kubeedge('devices_v1beta1_device', 'Device', ['v1alpha2', 'v1beta1*'], { hasStatus: false }),
  kubeedge('devices_v1beta1_devicemodel', 'DeviceModel', ['v1alpha2', 'v1beta1*'], { hasStatus: false }),
  ...[
    kubeedge('operations_v1alpha2_configupdatejob', 'ConfigUpdateJob', ['v1alpha2*']),
    kubeedge('operations_v1alpha2_imageprepulljob', 'ImagePrePullJob', ['v1alpha1', 'v1alpha2*']),
    kubeedge('operations_v1alpha2_nodeupgradejob', 'NodeUpgradeJob', ['v1alpha1', 'v1alpha2*']),
  ].map((job) => ({ ...job, isCluster: true })),
  kubeedge('policy_v1alpha1_serviceaccountaccess', 'ServiceAccountAccess', ['v1alpha1*'], {
    plural: 'serviceaccountaccesses',
    shortNames: ['saaccess'],
  }),
  kubeedge('router_v1_rule', 'Rule', ['v1*'], { group: RULES, hasStatus: false }),
  kubeedge('router_v1_ruleEndpoint', 'RuleEndpoint', ['v1*'], {
    group: RULES,
    hasStatus: false,
    shortNames: ['re'],
  }),
]

/** `charts/spiderpool/crds` in EdgeMesh's chart: helm lists them, though the chart of them is off. */
export const SPIDERPOOL_CRDS: readonly Crd[] = [
  ...['SpiderCoordinator', 'SpiderIPPool', 'SpiderReservedIP', 'SpiderSubnet'].map((kind) =>
    spiderpool('spiderpool.spidernet.io', kind, { isCluster: true }),
  ),
  ...['SpiderEndpoint', 'SpiderMultusConfig'].map((kind) => spiderpool('spiderpool.spidernet.io', kind)),
  ...['SriovIBNetwork', 'SriovNetwork', 'SriovNetworkNodeState', 'SriovNetworkPoolConfig'].map((kind) =>
    spiderpool('sriovnetwork.openshift.io', kind),
  ),
  spiderpool('sriovnetwork.openshift.io', 'SriovNetworkNodePolicy', { plural: 'sriovnetworknodepolicies' }),
  spiderpool('sriovnetwork.openshift.io', 'SriovOperatorConfig'),
  spiderpool('k8s.cni.cncf.io', 'NetworkAttachmentDefinition', { plural: 'network-attachment-definitions' }),
]

function istio(kind: string, shortName: string, columns?: Readonly<Record<string, string>>): Crd {
  return {
    file: `crd-${kind.toLowerCase()}.yaml`,
    group: 'networking.istio.io',
    kind,
    shortNames: [shortName],
    versions: ['v1alpha3*', 'v1beta1'],
    ...(columns === undefined ? {} : { columns: { ...columns, Age: '.metadata.creationTimestamp' } }),
  }
}

function kubeedge(name: string, kind: string, versions: readonly string[], details: Details = {}): Crd {
  return { file: `${name}.yaml`, group: `${name.split('_')[0]}.kubeedge.io`, kind, versions, ...details }
}

function spiderpool(group: string, kind: string, details: Details = {}): Crd {
  const version = group.startsWith('spiderpool') ? 'v2beta1*' : 'v1*'
  return { file: `${group}_${kind.toLowerCase()}.yaml`, group, kind, versions: [version], ...details }
}

/** The file of a CRD: marked as a placeholder in its first line. */
export function crdFile(crd: Crd): Uint8Array {
  const singular = crd.kind.toLowerCase()
  const plural = crd.plural ?? `${singular}s`
  const isIstio = crd.group === 'networking.istio.io'
  const object = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${crd.group}`, ...(isIstio ? ISTIO_METADATA : {}) },
    spec: {
      group: crd.group,
      scope: crd.isCluster === true ? 'Cluster' : 'Namespaced',
      names: {
        kind: crd.kind,
        listKind: `${crd.kind}List`,
        plural,
        singular,
        ...(crd.shortNames === undefined ? {} : { shortNames: [...crd.shortNames] }),
        ...(isIstio ? { categories: ['istio-io', 'networking-istio-io'] } : {}),
      },
      versions: crd.versions.map((version) => versionOf(crd, version)),
    },
  }
  return Buffer.from(
    `# ${PLACEHOLDER_MARK}the CRD ${object.metadata.name}\n${dump(object, { noRefs: true })}`,
  )
}

/** What helm 2 gave them. With `keep`, an uninstall leaves them. */
const ISTIO_METADATA = {
  labels: { app: 'istio-pilot', chart: 'istio', heritage: 'Tiller', release: 'istio' },
  annotations: { 'helm.sh/resource-policy': 'keep' },
}

function versionOf({ hasStatus, columns }: Crd, version: string): Record<string, unknown> {
  return {
    name: version.replace('*', ''),
    served: true,
    storage: version.endsWith('*'),
    schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    ...(hasStatus === false ? {} : { subresources: { status: {} } }),
    ...(columns === undefined ? {} : { additionalPrinterColumns: Object.entries(columns).map(column) }),
  }
}

function column([name, jsonPath]: [string, string]): Record<string, string> {
  return { name, type: name === 'Age' ? 'date' : 'string', jsonPath }
}
