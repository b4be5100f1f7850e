import { request } from 'node:http'
import { z } from 'zod'
import { HTTPS_AFTER_HUB } from '../settings/edge.ts'
import { EDGEMESH_LABEL } from './edgemesh-label.ts'

/** The services that this node's metaServer knows; undefined while it does not answer. */
export async function metaServerServices(timeout = 12_000): Promise<readonly string[] | undefined> {
  return (await metaServices(timeout))?.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}

/**
 * Whether the cloud has EdgeMesh: its installation labels the API's own service first (EdgeMesh docs/guide,
 * "Prerequisites"), which every node can read.
 */
export async function wantsEdgeMesh(timeout = 12_000): Promise<boolean> {
  const services = (await metaServices(timeout)) ?? []
  return services.some(
    ({ metadata }) =>
      metadata.namespace === 'default' &&
      metadata.name === 'kubernetes' &&
      metadata.labels?.[EDGEMESH_LABEL] !== undefined,
  )
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

async function metaServices(timeout: number): Promise<readonly Service[] | undefined> {
  const parsed = Services.safeParse(await metaServerGet('/api/v1/services', timeout))
  return parsed.success ? (parsed.data.items ?? []) : undefined
}

/** What this node's metaServer answers for a path of the Kubernetes API; undefined when it has no answer. */
export function metaServerGet(path: string, timeout = 12_000): Promise<unknown> {
  return askMetaServer('GET', path, timeout)
}

/** Has an object deleted, which CloudCore does with its own rights; true when it did. */
export async function metaServerDelete(path: string, timeout = 12_000): Promise<boolean> {
  return (await askMetaServer('DELETE', path, timeout)) !== undefined
}

function askMetaServer(method: string, path: string, timeout: number): Promise<unknown> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port: 10550, method, path, timeout }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        body += chunk
      })
      answer.on('end', () => resolve(answer.statusCode === 200 ? jsonOf(body) : undefined))
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
 * What EdgeCore's own last words mean (seen with KubeEdge v1.22.0): the reason why a join does not come about.
 * @param hubPort CloudHub's, by which the cloud's other ports are counted
 */
export function joinDiagnosis(log: string, hubPort: number): { en: string; zh: string } {
  const found = [...REFUSALS, ...silences(hubPort)].find(([words]) => log.includes(words))
  return found?.[1] ?? { en: 'edgecore has not joined yet', zh: 'edgecore 尚未加入集群' }
}

/** Whether EdgeCore was refused for its token, which no waiting fixes. */
export function tokenRefused(log: string): { en: string; zh: string } | undefined {
  return REFUSALS.find(([words]) => log.includes(words))?.[1]
}

const REFUSALS: readonly (readonly [string, { en: string; zh: string }])[] = [
  ['token is expired', { en: 'the join token has run out', zh: '加入令牌已过期' }],
  ['token signature is invalid', { en: 'the join token is wrong', zh: '加入令牌错误' }],
  [
    'failed to validate CA certificate',
    { en: 'the join token is of another cloud', zh: '加入令牌属于另一个云端' },
  ],
  ['credentials are in the wrong format', { en: 'the join token is damaged', zh: '加入令牌已损坏' }],
]

function silences(hubPort: number): typeof REFUSALS {
  const silent = (port: number) => ({
    en: `the cloud does not answer at port ${port}`,
    zh: `云端 ${port} 端口无应答`,
  })
  return [
    ['failed to get CA certificate', silent(hubPort + HTTPS_AFTER_HUB)],
    ['Failed to initialize CSINode', silent(hubPort)],
  ]
}
