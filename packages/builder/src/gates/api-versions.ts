import { isMap } from './pods.ts'

/**
 * What a cluster of K3s serves, as charts ask for it (`.Capabilities.APIVersions.Has`): Helm's own list for rendering
 * without a cluster has no kinds, and none of K3s' own. Sources: Kubernetes 1.34, API reference; K3s, pkg/crds (helm
 * controller, addons, snapshots) and manifests/ (metrics-server, traefik).
 */
const KUBERNETES: Readonly<Record<string, string>> = {
  v1: 'ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount',
  'admissionregistration.k8s.io/v1':
    'MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition',
  'apiregistration.k8s.io/v1': 'APIService',
  'apps/v1': 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
  'authentication.k8s.io/v1': 'SelfSubjectReview TokenReview',
  'authorization.k8s.io/v1':
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  'autoscaling/v1': 'HorizontalPodAutoscaler',
  'autoscaling/v2': 'HorizontalPodAutoscaler',
  'batch/v1': 'CronJob Job',
  'certificates.k8s.io/v1': 'CertificateSigningRequest',
  'coordination.k8s.io/v1': 'Lease',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'events.k8s.io/v1': 'Event',
  'flowcontrol.apiserver.k8s.io/v1': 'FlowSchema PriorityLevelConfiguration',
  'networking.k8s.io/v1': 'IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR',
  'node.k8s.io/v1': 'RuntimeClass',
  'policy/v1': 'PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  'resource.k8s.io/v1': 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice',
  'scheduling.k8s.io/v1': 'PriorityClass',
  'storage.k8s.io/v1':
    'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass',
}

/** By the component of K3s that brings them; `k3s` cannot be left out. */
const K3S: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  k3s: {
    'helm.cattle.io/v1': 'HelmChart HelmChartConfig',
    'k3s.cattle.io/v1': 'Addon ETCDSnapshotFile',
  },
  'metrics-server': { 'metrics.k8s.io/v1beta1': 'NodeMetrics PodMetrics' },
  traefik: {
    'gateway.networking.k8s.io/v1': 'GRPCRoute Gateway GatewayClass HTTPRoute',
    'traefik.io/v1alpha1':
      'IngressRoute IngressRouteTCP IngressRouteUDP Middleware MiddlewareTCP ServersTransport ServersTransportTCP TLSOption TLSStore TraefikService',
  },
}

/** `apps/v1`, `apps/v1/Deployment`, …: what K3s serves without the components that are left out. */
export function k3sApiVersions(disabled: readonly string[]): string[] {
  const own = Object.entries(K3S).flatMap(([component, apis]) => (disabled.includes(component) ? [] : [apis]))
  return [KUBERNETES, ...own].flatMap((apis) =>
    Object.entries(apis).flatMap(([version, kinds]) => [
      version,
      ...kinds.split(' ').map((kind) => `${version}/${kind}`),
    ]),
  )
}

/** What the CRDs among some objects add to a cluster, sorted. Lists are looked into, as `kubectl get crd -o yaml` writes one. */
export function apiVersionsOfCrds(objects: readonly unknown[]): string[] {
  const found = objects.flatMap((object) => {
    if (isMap(object) && Array.isArray(object.items) && String(object.kind).endsWith('List'))
      return apiVersionsOfCrds(object.items)
    const spec = isMap(object) && object.kind === 'CustomResourceDefinition' ? object.spec : undefined
    if (!isMap(spec) || typeof spec.group !== 'string' || !isMap(spec.names)) return []
    const kind = String(spec.names.kind)
    const versions: unknown[] = Array.isArray(spec.versions) ? spec.versions : []
    return versions.flatMap((version) => {
      if (!isMap(version) || version.served === false) return []
      const group = `${String(spec.group)}/${String(version.name)}`
      return [group, `${group}/${kind}`]
    })
  })
  return [...new Set(found)].sort()
}
