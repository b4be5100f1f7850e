import type { Scheduling } from './pod-roles.ts'

/** A pod that some Kubernetes object makes. */
export interface FoundPod {
  /** `DaemonSet edge-eclipse-mosquitto`: the nearest object with a kind and a name around the pod. */
  readonly owner: string
  readonly scheduling: Scheduling
  /** As written, in the order of the spec. */
  readonly images: readonly string[]
}

/**
 * Every pod in a Kubernetes object of any kind. A pod is known by its form, a list `containers` whose items are named
 * containers, so templates inside of custom resources are found too; a definition of such a form (a CRD's schema) is
 * none.
 */
export function podsIn(document: unknown, owner = 'object'): FoundPod[] {
  if (Array.isArray(document)) return document.flatMap((item) => podsIn(item, owner))
  if (!isMap(document)) return []
  const name = nameOf(document) ?? owner
  if (document.kind === 'CustomResourceDefinition') return []
  const own = isPodSpec(document) ? [podOf(document, name)] : []
  const inner = Object.entries(document).flatMap(([key, value]) =>
    own.length > 0 && CONTAINERS.has(key) ? [] : podsIn(value, name),
  )
  return [...own, ...inner]
}

const CONTAINERS = new Set(['containers', 'initContainers', 'ephemeralContainers'])

function podOf(spec: Record<string, unknown>, owner: string): FoundPod {
  const containers = [...CONTAINERS].flatMap((key) =>
    Array.isArray(spec[key]) ? (spec[key] as unknown[]) : [],
  )
  const volumes = Array.isArray(spec.volumes) ? (spec.volumes as unknown[]) : []
  const images = [
    ...containers.map((container) => (isMap(container) ? container.image : undefined)),
    // Image volumes, Kubernetes 1.31 and later.
    ...volumes.map((volume) => (isMap(volume) && isMap(volume.image) ? volume.image.reference : undefined)),
  ]
  return {
    owner,
    scheduling: spec,
    images: [
      ...new Set(images.filter((image): image is string => typeof image === 'string' && image !== '')),
    ],
  }
}

function isPodSpec(value: Record<string, unknown>): boolean {
  const { containers } = value
  return Array.isArray(containers) && containers.some((one) => isMap(one) && typeof one.image === 'string')
}

function nameOf(object: Record<string, unknown>): string | undefined {
  const { kind, metadata } = object
  if (typeof kind !== 'string' || !isMap(metadata) || typeof metadata.name !== 'string') return undefined
  return `${kind} ${metadata.name}`
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
