import { readObjects } from './kubernetes-yaml.ts'
import type { Scheduling } from './pod-roles.ts'

/** A pod that some Kubernetes object makes. */
export interface FoundPod {
  /** `DaemonSet edge-eclipse-mosquitto`: the nearest object with a kind and a name around the pod. */
  readonly owner: string
  readonly scheduling: Scheduling
  /** As written, in the order of the spec. */
  readonly images: readonly string[]
  /** Those of them that the kubelet asks a registry for at every start (`imagePullPolicy: Always`). */
  readonly pulled: readonly string[]
}

/** Lists of containers: of pods (Kubernetes), of workflow templates (Argo), of tasks (Tekton). */
const LISTS = new Set(['containers', 'initContainers', 'ephemeralContainers', 'sidecars', 'steps'])
/** Single containers of workflow templates (Argo). */
const SINGLES = new Set(['container', 'script'])
// A pod inside a text inside a text inside a text: nobody looks any deeper.
const TEXT_DEPTH = 3
const LONGEST_TEXT = 1024 * 1024

/**
 * Every pod in a Kubernetes object of any kind, also in YAML text inside of it. A pod is known by its form, containers
 * with images, so templates inside of custom resources are found too; a definition of such a form (a CRD's schema) is
 * none.
 */
export function podsIn(document: unknown, owner = 'object', textDepth = TEXT_DEPTH): FoundPod[] {
  if (typeof document === 'string') return podsInText(document, owner, textDepth)
  if (Array.isArray(document)) return document.flatMap((item) => podsIn(item, owner, textDepth))
  if (!isMap(document) || document.kind === 'CustomResourceDefinition') return []
  const name = nameOf(document) ?? owner
  const images = containersOf(document)
  const own = images.length > 0 ? [podOf(document, name, images)] : []
  const inner = Object.entries(decoded(document)).flatMap(([key, value]) =>
    own.length > 0 && (LISTS.has(key) || SINGLES.has(key)) ? [] : podsIn(value, name, textDepth),
  )
  return [...own, ...inner]
}

function podsInText(text: string, owner: string, textDepth: number): FoundPod[] {
  if (textDepth === 0 || text.length > LONGEST_TEXT) return []
  const image = text.search(/\bimage\b/)
  if (image === -1 || !text.includes(':', image)) return []
  const objects = readObjects(text)
  if ('reason' in objects) return []
  return objects
    .filter((object) => typeof object === 'object')
    .flatMap((object) => podsIn(object, '', textDepth - 1))
    .map((pod) => ({ ...pod, owner: pod.owner === '' ? owner : `${owner}, ${pod.owner}` }))
}

interface Use {
  readonly image: string
  readonly policy: unknown
}

function containersOf(spec: Record<string, unknown>): Use[] {
  const containers = Object.entries(spec).flatMap(([key, value]) => {
    if (SINGLES.has(key)) return [value]
    return LISTS.has(key) && Array.isArray(value) ? (value as unknown[]) : []
  })
  return containers.flatMap((one) =>
    isMap(one) && typeof one.image === 'string' && one.image !== ''
      ? [{ image: one.image, policy: one.imagePullPolicy }]
      : [],
  )
}

function podOf(spec: Record<string, unknown>, owner: string, containers: readonly Use[]): FoundPod {
  const volumes = Array.isArray(spec.volumes) ? (spec.volumes as unknown[]) : []
  // Image volumes, Kubernetes 1.31 and later.
  const mounted = volumes.flatMap((volume): Use[] => {
    const image = isMap(volume) ? volume.image : undefined
    return isMap(image) && typeof image.reference === 'string'
      ? [{ image: image.reference, policy: image.pullPolicy }]
      : []
  })
  const uses = [...containers, ...mounted]
  return {
    owner,
    scheduling: spec,
    images: distinct(uses),
    pulled: distinct(uses.filter(({ policy }) => policy === 'Always')),
  }
}

function distinct(uses: readonly Use[]): string[] {
  return [...new Set(uses.map(({ image }) => image))]
}

/** The object with a Secret's data and a ConfigMap's binary data as text. */
export function decoded(object: Record<string, unknown>): Record<string, unknown> {
  const key = object.kind === 'Secret' ? 'data' : object.kind === 'ConfigMap' ? 'binaryData' : undefined
  const data = key === undefined ? undefined : object[key]
  if (key === undefined || !isMap(data)) return object
  const texts = Object.entries(data).map(([name, value]) => [
    name,
    typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
  ])
  return { ...object, [key]: Object.fromEntries(texts) }
}

/** `DaemonSet edge-eclipse-mosquitto`; undefined for a map that is no object with a name. */
export function nameOf(object: Record<string, unknown>): string | undefined {
  const { kind, metadata } = object
  if (typeof kind !== 'string' || !isMap(metadata) || typeof metadata.name !== 'string') return undefined
  return `${kind} ${metadata.name}`
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
