import { type ExecResult, mustExec, TIME_IS_UP } from '@edgelift/core'
import type { z } from 'zod'
import { endOf, type Host } from '../node/host.ts'
import { readOutput } from '../node/output.ts'
import { patiently } from './patience.ts'

/** How kubectl is called for a cluster, and with which configuration. */
export interface ClusterAccess {
  /** `k3s kubectl`, or the host's own for an existing cluster. */
  readonly kubectl: readonly [command: string, ...args: string[]]
  readonly kubeconfig: string
}

export interface Cluster extends ClusterAccess {
  readonly host: Host
}

/** What kubectl says where nothing listens. */
const REFUSED = 'was refused - did you specify the right host or port?'

/**
 * What kubectl prints. Where the API refuses the connection or is not ready for the request, it is asked again for a while.
 * @param input for its standard input
 * @throws COMMAND_FAILED, COMMAND_MISSING, COMMAND_UNUSABLE
 */
export async function kubectl(cluster: Cluster, args: readonly string[], input?: string): Promise<string> {
  const [command, ...first] = cluster.kubectl
  const all = [...first, '--kubeconfig', cluster.kubeconfig, ...args]
  const options = { timeout: 60_000, ...(input === undefined ? {} : { input }) }
  return patiently(cluster.host.exec, command, all, { ...options, passing: [REFUSED] })
}

/** Milliseconds for one question, and for those that follow one that an API has left without an answer: it hangs. */
const PATIENCE = { first: 30_000, next: 5_000 }
/** Milliseconds after which it is given the whole time once more: it may have been busy. */
const FORGIVEN = 60_000

/** When the cluster of a host has last left a question without an answer for the whole time: a look asks a dozen of them. */
const hung = new WeakMap<Host, number>()

/** As {@link kubectl}; undefined when it fails: the object is not there, the API does not answer yet, or no kubectl is. */
export async function tryKubectl(cluster: Cluster, ...args: string[]): Promise<string | undefined> {
  const result = await kubectlResult(cluster, args)
  return result?.code === 0 ? result.stdout : undefined
}

/** As {@link tryKubectl}, where what it says of its failure counts; undefined where no kubectl can be started. */
async function kubectlResult(cluster: Cluster, args: readonly string[]): Promise<ExecResult | undefined> {
  const { host } = cluster
  const [command, ...first] = cluster.kubectl
  const all = [...first, '--kubeconfig', cluster.kubeconfig, ...args]
  const isHung = performance.now() - (hung.get(host) ?? Number.NEGATIVE_INFINITY) < FORGIVEN
  const result = await endOf(host, isHung ? PATIENCE.next : PATIENCE.first, command, all)
  if (result === undefined) return undefined
  if (result.code !== TIME_IS_UP) hung.delete(host)
  else if (!isHung) hung.set(host, performance.now())
  return result.isCut ? { ...result, code: result.code || 1 } : result
}

/** What kubectl says of a kind that the API does not serve (k8s.io/cli-runtime pkg/resource/builder.go). */
const NO_KIND = "the server doesn't have a resource type"

/**
 * What `kubectl get` prints of an object that need not exist: empty where it does not.
 * @returns `no-kind` where the cluster has no objects of its kind; undefined when it fails otherwise
 */
export async function lookUp(
  cluster: Cluster,
  what: readonly string[],
  { output, namespace }: { readonly output: string; readonly namespace: string },
): Promise<{ readonly text: string } | 'no-kind' | undefined> {
  const args = ['-n', namespace, 'get', ...what, '-o', output, '--ignore-not-found']
  const result = await kubectlResult(cluster, args)
  if (result?.code === 0) return { text: result.stdout }
  return result?.stderr.includes(NO_KIND) === true ? 'no-kind' : undefined
}

/**
 * What `kubectl get` says of objects; undefined when it fails, as for {@link tryKubectl}. With `--ignore-not-found` the
 * schema has to take `null`: nothing is there.
 * @param what resource, names, selectors
 * @throws COMMAND_FAILED where the schema does not fit
 */
export async function get<T>(
  cluster: Cluster,
  schema: z.ZodType<T>,
  what: readonly string[],
  namespace?: string,
): Promise<T | undefined> {
  const args = [...inNamespace(namespace), 'get', ...what, '-o', 'json']
  const text = await tryKubectl(cluster, ...args)
  return text === undefined ? undefined : readOutput(schema, [...cluster.kubectl, ...args], text)
}

/** As {@link get}. @throws COMMAND_FAILED when it fails: where silence would be taken for absence */
export async function mustGet<T>(
  cluster: Cluster,
  schema: z.ZodType<T>,
  what: readonly string[],
  namespace?: string,
): Promise<T> {
  const args = [...inNamespace(namespace), 'get', ...what, '-o', 'json']
  return readOutput(schema, [...cluster.kubectl, ...args], await kubectl(cluster, args))
}

/** Milliseconds for {@link watchFor}: a kubelet reports, and renews its lease, every 10 s. */
export const WATCHED = 12_000

/**
 * What changes of objects within a time, a line each.
 * @param format JSONPath
 * @param time milliseconds
 * @throws COMMAND_FAILED when kubectl ends before the time is up: it has watched nothing, or not for long enough
 */
export async function watchFor(
  cluster: Cluster,
  what: readonly string[],
  format: string,
  time: number,
): Promise<string> {
  const [command, ...first] = cluster.kubectl
  const watch = ['get', ...what, '--watch-only', '-o', `jsonpath=${format}`]
  const all = [...first, '--kubeconfig', cluster.kubeconfig, ...watch]
  const result = await cluster.host.exec(command, all, { timeout: time })
  if (result.code === TIME_IS_UP) return result.stdout
  // The server ends a watch with 0 when it stops itself.
  const ended = result.code === 0 ? { ...result, code: 1, stderr: 'the watch was closed' } : result
  return mustExec(async () => ended, command, all)
}

/** One field of an object as text, by its JSONPath; undefined as well when it is empty or not there. */
export async function fieldOf(
  cluster: Cluster,
  what: readonly string[],
  path: string,
  namespace?: string,
): Promise<string | undefined> {
  const output = `jsonpath={${path}}`
  return (await tryKubectl(cluster, ...inNamespace(namespace), 'get', ...what, '-o', output)) || undefined
}

/** A value of a ConfigMap or, in base64, of a Secret. */
interface DataPlace {
  readonly namespace: string
  readonly resource: string
  readonly name: string
  readonly key: string
}

export function dataOf(
  cluster: Cluster,
  { namespace, resource, name, key }: DataPlace,
): Promise<string | undefined> {
  return fieldOf(cluster, [resource, name], pathOf(key), namespace)
}

/** JSONPath takes a dot for the next field. */
function pathOf(key: string): string {
  return `.data.${key.replaceAll('.', '\\.')}`
}

/** A value of a Secret, decoded. */
export async function secretValue(
  cluster: Cluster,
  place: Omit<DataPlace, 'resource'>,
): Promise<Buffer | undefined> {
  const text = await dataOf(cluster, { ...place, resource: 'secret' })
  return text === undefined ? undefined : Buffer.from(text, 'base64')
}

/** As {@link secretValue}. @throws COMMAND_FAILED when the API does not respond: where silence would be taken for none */
export async function mustSecretValue(
  cluster: Cluster,
  { namespace, name, key }: Omit<DataPlace, 'resource'>,
): Promise<Buffer | undefined> {
  const output = `jsonpath={${pathOf(key)}}`
  const question = ['get', 'secret', name, '--ignore-not-found', '-o', output]
  const text = await kubectl(cluster, [...inNamespace(namespace), ...question])
  return text === '' ? undefined : Buffer.from(text, 'base64')
}

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace]
}

/** What a look says that could not ask the API. */
export const NO_API = { en: 'the API does not respond', zh: 'API 无响应' } as const

/** Whether the API can be asked at all: what it does not list is missing only then. */
export async function apiResponds(cluster: Cluster): Promise<boolean> {
  return (await tryKubectl(cluster, 'get', '--raw', '/readyz')) !== undefined
}

/** The events of a namespace, the newest last: the cluster's own words when a wait expires. */
export async function recentEvents(cluster: Cluster, namespace: string): Promise<string> {
  const text = await tryKubectl(
    cluster,
    '-n',
    namespace,
    'get',
    'events',
    '--sort-by=.lastTimestamp',
    '--no-headers',
  )
  return (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .slice(-12)
    .join('\n')
}
