import { readKubernetesYaml } from '@edgelift/core'
import { z } from 'zod'
import { readConfig } from '../node/read-config.ts'
import { type Cluster, kubectl, mustGet } from './kubectl.ts'
import { listOf } from './list.ts'
import { failedWith } from './patience.ts'

/** An object of a release that is not in the cluster as it was installed. */
export interface ObjectDrift {
  readonly kind: string
  readonly name: string
  /** Fields that differ, as paths; empty: the object is missing. */
  readonly fields: readonly string[]
  /** The object as kubectl finds it. */
  readonly at: { readonly namespace: string; readonly resource: string }
  /** Lists among the fields, as the release sets them. */
  readonly lists: readonly ListPatch[]
}

/** An operation of RFC 6902. */
interface ListPatch {
  readonly op: 'replace'
  readonly path: string
  readonly value: readonly unknown[]
}

const Metadata = z.object({ name: z.string(), namespace: z.string().optional() })
const Rendered = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: Metadata })
type Rendered = z.infer<typeof Rendered>
const Items = listOf(z.unknown())

/** The objects of a release. */
export interface ReleaseObjects {
  /** As `helm get manifest` prints them. */
  readonly manifest: string
  /** Of objects that name none. */
  readonly namespace: string
}

/**
 * What of a release's objects was changed or deleted since.
 * @throws COMMAND_FAILED when the cluster does not respond
 */
export function driftOf(cluster: Cluster, { manifest, namespace }: ReleaseObjects): Promise<ObjectDrift[]> {
  const wanted = readKubernetesYaml(manifest).flatMap((document) => Rendered.safeParse(document).data ?? [])
  return objectDrift(cluster, wanted, { namespace, orNone: noneOfUnknownKind })
}

/**
 * Which of these objects are not in the cluster, or are others there. Only fields that they set count: defaults, status
 * and what others add are not ours.
 * @param namespace of objects that name none
 * @param orNone for `catch`: what stands for a failed question; without it each fails
 * @throws COMMAND_FAILED when the cluster does not respond: they are neither right nor wrong then
 */
export async function objectDrift(
  cluster: Cluster,
  wanted: readonly Rendered[],
  { namespace, orNone }: { readonly namespace: string; readonly orNone?: (error: unknown) => null },
): Promise<ObjectDrift[]> {
  const placeOf = (one: Rendered) => one.metadata.namespace ?? namespace
  const found: ObjectDrift[] = []
  for (const place of new Set(wanted.map(placeOf))) {
    const objects = wanted.filter((one) => placeOf(one) === place)
    const names = objects.map((one) => `${resourceOf(one)}/${one.metadata.name}`)
    const question = mustGet(cluster, z.unknown(), [...names, '--ignore-not-found'], place)
    const live = liveObjects(await (orNone === undefined ? question : question.catch(orNone)))
    for (const object of objects) found.push(...compared(object, live, place))
  }
  return found
}

/**
 * For `catch`: of a kind whose CRD somebody deleted there are no objects, and an upgrade restores them. An API server that
 * has only started says the same of any kind: where missing means ours, this is no answer.
 */
function noneOfUnknownKind(error: unknown): null {
  if (failedWith(error, ["the server doesn't have a resource type"])) return null
  throw error
}

/** `deployments.apps`: kubectl takes the kind for it, with the group where there is one. */
function resourceOf({ apiVersion, kind }: Rendered): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion]
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${version}.${group}`
}

/** One object by itself, a list of several, or nothing at all. */
function liveObjects(document: unknown): Rendered[] {
  const items = Items.safeParse(document).data?.items ?? [document]
  return items.flatMap((item) => Rendered.safeParse(item).data ?? [])
}

function compared(wanted: Rendered, live: readonly Rendered[], namespace: string): ObjectDrift[] {
  const { kind, metadata } = wanted
  const { name } = metadata
  const at = { namespace, resource: resourceOf(wanted) }
  const found = live.find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) return [{ kind, name, fields: [], at, lists: [] }]
  const differing = Object.entries(wanted)
    .filter(([key]) => !UNCOMPARED.has(key))
    .flatMap(([key, value]) => differences(value, found[key], { path: key, pointer: pointerTo('', key) }))
  if (differing.length === 0) return []
  const lists = differing.flatMap(({ pointer, value }) =>
    Array.isArray(value) ? [{ op: 'replace' as const, path: pointer, value }] : [],
  )
  return [{ kind, name, fields: differing.map(({ path }) => path), at, lists }]
}

/**
 * Takes out of lists what somebody added: helm's patch sets the items of the release and leaves others with a name of
 * their own, such as a variable of a container.
 */
export async function restoreLists(cluster: Cluster, { at, name, lists }: ObjectDrift): Promise<void> {
  if (lists.length === 0) return
  const patch = ['--type=json', '-p', JSON.stringify(lists)]
  await kubectl(cluster, ['-n', at.namespace, 'patch', at.resource, name, ...patch])
}

/** Labels and annotations are added to by many; `stringData` is never given back. */
const UNCOMPARED = new Set(['apiVersion', 'kind', 'metadata', 'status', 'stringData', 'immutable'])

interface Place {
  /** For people: `spec.containers[0].env`. */
  readonly path: string
  /** RFC 6901. */
  readonly pointer: string
}

interface Difference extends Place {
  readonly value: unknown
}

function pointerTo(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function differences(wanted: unknown, live: unknown, place: Place): Difference[] {
  const whole = [{ ...place, value: wanted }]
  const { path, pointer } = place
  if (isEmpty(wanted)) return []
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return whole
    return wanted.flatMap((item, index) =>
      differences(item, live[index], { path: `${path}[${index}]`, pointer: pointerTo(pointer, index) }),
    )
  }
  if (isObject(wanted)) {
    if (!isObject(live)) return whole
    return Object.entries(wanted).flatMap(([key, item]) =>
      differences(item, live[key], { path: `${path}.${key}`, pointer: pointerTo(pointer, key) }),
    )
  }
  return same(wanted, live) ? [] : insideText(wanted, live, place)
}

/** A configuration inside a ConfigMap: its program may rewrite it with every default, as CloudCore does. */
function insideText(wanted: unknown, live: unknown, place: Place): Difference[] {
  const whole = [{ ...place, value: wanted }]
  if (typeof wanted !== 'string' || typeof live !== 'string' || !wanted.includes(':')) return whole
  const [before, now] = [readConfig(wanted), readConfig(live)]
  if (before === undefined || now === undefined) return whole
  return differences(before, now, place).map(({ path }) => ({ ...place, path, value: wanted }))
}

function same(wanted: unknown, live: unknown): boolean {
  if (live === undefined) return wanted === false || wanted === 0
  if (wanted === live || String(wanted) === String(live)) return true
  const [a, b] = [quantity(wanted), quantity(live)]
  return a !== undefined && a === b
}

/** Powers of ten. */
const DECIMAL: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
}
/** Powers of two. */
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/

/** Kubernetes gives quantities back in another form: 0.5 as 500m, 1024Mi as 1Gi, 1e3 as 1k (k8s.io/apimachinery, resource.Quantity). */
function quantity(value: unknown): number | undefined {
  const [, digits, exponent, unit = ''] = QUANTITY.exec(String(value)) ?? []
  if (digits === undefined) return undefined
  const binary = BINARY[unit]
  // Written as one number: multiplied by a thousandth, 102m would be another one than 0.102.
  return binary === undefined
    ? Number(`${digits}e${exponent ?? DECIMAL[unit] ?? 0}`)
    : Number(digits) * 2 ** binary
}

/** Kubernetes leaves empty values out of what it gives back. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
