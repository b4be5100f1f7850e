import { request } from 'node:http'
import type { Text } from '@edgelift/core'
import { z } from 'zod'
import { lastWords } from '../node/last-words.ts'
import { HTTPS_AFTER_HUB } from '../settings/edge.ts'
import { EDGEMESH_LABEL } from './edgemesh-label.ts'

/** The services that this node's metaServer knows; undefined while it does not answer. */
export async function metaServerServices(timeout = 12_000): Promise<readonly string[] | undefined> {
  return servicesIn(await metaServerGet('/api/v1/services', timeout))?.map(
    ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
  )
}

/**
 * Whether the cloud has EdgeMesh: its installation labels the API's own service first (EdgeMesh docs/guide,
 * "Prerequisites"), which every node can read. Undefined while metaServer does not say.
 */
export async function wantsEdgeMesh(timeout = 12_000): Promise<boolean | undefined> {
  return hasEdgeMeshLabel(await metaServerGet('/api/v1/services', timeout))
}

/**
 * Pure. While the cloud's API is away, metaServer lists what its database has: the services that EdgeMesh's agent watches,
 * which are those without the label.
 * @param list a ServiceList
 */
export function hasEdgeMeshLabel(list: unknown): boolean | undefined {
  const own = servicesIn(list)?.find(
    ({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes',
  )
  return own && own.metadata.labels?.[EDGEMESH_LABEL] !== undefined
}

const Service = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
})
type Service = z.infer<typeof Service>
const Services = z.object({ items: z.array(Service).nullish() })

function servicesIn(list: unknown): readonly Service[] | undefined {
  const parsed = Services.safeParse(list)
  return parsed.success ? (parsed.data.items ?? []) : undefined
}

/** What this node's metaServer settings for a path of the Kubernetes API; undefined when it has no answer. */
export function metaServerGet(path: string, timeout = 12_000): Promise<unknown> {
  return askMetaServer('GET', path, timeout)
}

/** Whether the cloud says through this node's metaServer that there is no such object. */
export async function isNotFound(path: string, timeout = 12_000): Promise<boolean> {
  return (await callMetaServer('GET', path, timeout))?.status === 404
}

/** Has an object deleted, which CloudCore does with its own rights; true when it did. */
async function metaServerDelete(path: string, timeout = 12_000): Promise<boolean> {
  return (await askMetaServer('DELETE', path, timeout)) !== undefined
}

/** Where the API lists the pods of a node. */
export function podsOfNode(nodeName: string): string {
  return `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${nodeName}`)}`
}

/** Has a pod deleted, so that its controller creates one of its newest template. */
export function deletePod({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  return metaServerDelete(`/api/v1/namespaces/${namespace}/pods/${name}`)
}

async function askMetaServer(method: string, path: string, timeout: number): Promise<unknown> {
  const reply = await callMetaServer(method, path, timeout)
  return reply?.status === 200 ? jsonOf(reply.body) : undefined
}

/** Undefined while it does not respond. */
function callMetaServer(
  method: string,
  path: string,
  timeout: number,
): Promise<{ readonly status: number | undefined; readonly body: string } | undefined> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port: 10550, method, path, timeout }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        body += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode, body }))
      answer.on('error', () => resolve(undefined))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/**
 * Why a node has not joined, by what EdgeCore last logged (seen with KubeEdge v1.22.0): a cause that is known, else its
 * own last error.
 * @param hubPort CloudHub's, by which the cloud's other ports are counted
 */
export function joinDiagnosis(log: string, hubPort: number): Text {
  const known = knownCause(log, hubPort)
  if (known !== undefined) return known
  const error = lastWords(log)
  return error === undefined
    ? { en: 'EdgeCore has not joined yet', zh: 'EdgeCore 尚未接入集群' }
    : {
        en: `EdgeCore has not joined yet; its last error: ${error}`,
        zh: `EdgeCore 尚未接入集群；最近的错误：${error}`,
      }
}

/** What EdgeCore's last words mean, where that is known. */
export function knownCause(log: string, hubPort: number): Text | undefined {
  return [...REFUSALS, ...silences(hubPort)].find(([words]) => log.includes(words))?.[1]
}

/** Whether EdgeCore was refused for its token, which no waiting fixes. */
export function tokenRefused(log: string): Text | undefined {
  return REFUSALS.find(([words]) => log.includes(words))?.[1]
}

const REFUSALS: readonly (readonly [string, Text])[] = [
  ['token is expired', { en: 'the join token has expired', zh: '接入令牌（token）已过期' }],
  ['token signature is invalid', { en: 'the join token is wrong', zh: '接入令牌（token）错误' }],
  [
    'failed to validate CA certificate',
    { en: 'the join token belongs to another cloud', zh: '接入令牌（token）属于另一个云端' },
  ],
  ['credentials are in the wrong format', { en: 'the join token is damaged', zh: '接入令牌（token）已损坏' }],
]

function silences(hubPort: number): typeof REFUSALS {
  const silent = (port: number) => ({
    en: `the cloud does not respond at port ${port}`,
    zh: `云端 ${port} 端口无响应`,
  })
  return [
    [
      'timeout to get response for message',
      {
        en: `CloudCore accepts connections at port ${hubPort} but does not respond`,
        zh: `CloudCore 在 ${hubPort} 端口接受连接，但没有响应消息`,
      },
    ],
    ['failed to get CA certificate', silent(hubPort + HTTPS_AFTER_HUB)],
    ['Failed to initialize CSINode', silent(hubPort)],
  ]
}
