import { request } from 'node:http'
import { z } from 'zod'
import { listOf } from '../kube/list.ts'
import type { Host } from '../node/host.ts'
import { META_SERVER } from './edgecore-config.ts'
import { EDGEMESH_LABEL } from './edgemesh-label.ts'

/** Milliseconds: while the cloud is away, metaServer answers from its cache after ten seconds. */
const TIMEOUT = 12_000

/** The services that this node's metaServer knows; undefined while it does not answer. */
export async function metaServerServices(host: Host): Promise<readonly string[] | undefined> {
  return servicesIn(await metaServerList(host, '/api/v1/services'))?.map(
    ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
  )
}

/**
 * Whether the cloud has EdgeMesh: its installation labels the API's own service first (EdgeMesh docs/guide,
 * "Prerequisites"), which every node can read. Undefined while metaServer does not say.
 */
export async function wantsEdgeMesh(host: Host): Promise<boolean | undefined> {
  return hasEdgeMeshLabel(await metaServerList(host, '/api/v1/services'))
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
const Services = listOf(Service)

function servicesIn(list: unknown): readonly Service[] | undefined {
  return Services.safeParse(list).data?.items
}

/**
 * The list that this node's metaServer responds with; undefined when it has no answer.
 * @param path of a collection. One object is not asked for: what the cloud has no more, metaServer answers from its
 * database, and its 404 may mean that the cloud is silent (KubeEdge v1.22.0
 * edge/pkg/metamanager/metaserver/kubernetes/storage/storage.go, `Get`).
 */
export function metaServerList(host: Host, path: string): Promise<unknown> {
  return askMetaServer(host, 'GET', path)
}

/** Has an object deleted, which CloudCore does with its own rights; true when it did. */
async function metaServerDelete(host: Host, path: string): Promise<boolean> {
  return (await askMetaServer(host, 'DELETE', path)) !== undefined
}

/** Where the API lists the pods of a node. */
export function podsOfNode(nodeName: string): string {
  return `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${nodeName}`)}`
}

/** Has a pod deleted, so that its controller creates one of its newest template. */
export function deletePod(
  host: Host,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<boolean> {
  return metaServerDelete(host, `/api/v1/namespaces/${namespace}/pods/${name}`)
}

/** The document that it responds with; undefined while it does not. */
function askMetaServer({ metaServer = META_SERVER }: Host, method: string, path: string): Promise<unknown> {
  return new Promise((resolve) => {
    const call = request(`http://${metaServer}${path}`, { method, timeout: TIMEOUT }, (answer) => {
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
