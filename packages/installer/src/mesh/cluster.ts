import { z } from 'zod'
import { listOf } from '../kube/list.ts'
import { NAMESPACE } from '../kubeedge/namespace.ts'
import { REFRESHED } from '../kubeedge/stale-endpoints.ts'
import type { Api } from './api.ts'
import { MESH_NAME } from './places.ts'

/** One run of CloudCore, from the start of its container to the end. */
export interface CloudCore {
  readonly pod: string
  readonly containerId: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

const Pods = listOf(
  z.object({
    metadata: z.object({ name: z.string() }),
    status: z.object({
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            containerID: z.string().default(''),
            state: z.object({ running: z.object({ startedAt: z.string() }).optional() }).default({}),
          }),
        )
        .default([]),
    }),
  }),
)

/** The CloudCore that started last; undefined while none runs. */
export async function runningCloudCore(api: Api): Promise<CloudCore | undefined> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${encodeURIComponent('kubeedge=cloudcore')}`
  return Pods.parse(await api.get(path))
    .items.flatMap(({ metadata, status }) =>
      status.containerStatuses.flatMap(({ name, containerID, state }) =>
        name === 'cloudcore' && state.running !== undefined
          ? [{ pod: metadata.name, containerId: containerID, startedAt: Date.parse(state.running.startedAt) }]
          : [],
      ),
    )
    .toSorted((a, b) => b.startedAt - a.startedAt)[0]
}

/** Where the log of CloudCore is followed. @param since milliseconds since 1970; undefined: from its start */
export function logPath({ pod }: CloudCore, since: number | undefined): string {
  const from = since === undefined ? '' : `&sinceTime=${new Date(since).toISOString()}`
  return `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/log?container=cloudcore&follow=true${from}`
}

const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const List = listOf(
  z.object({
    metadata: z.object({ name: z.string(), namespace: z.string().default('') }),
  }),
)

/** Names of the edges that have joined. */
export async function joinedEdges(api: Api): Promise<Set<string>> {
  const selector = encodeURIComponent('node-role.kubernetes.io/edge')
  const { items } = List.parse(await api.get(`/api/v1/nodes?labelSelector=${selector}`, METADATA))
  return new Set(items.map(({ metadata }) => metadata.name))
}

/** Changes the annotation of every Endpoints object, so that CloudCore sends it. @param value null takes it off */
export async function annotateEndpoints(api: Api, value: string | null): Promise<number> {
  const { items } = List.parse(await api.get('/api/v1/endpoints', METADATA))
  const change = { metadata: { annotations: { [REFRESHED]: value } } }
  for (const { metadata } of items)
    await api.patch(`/api/v1/namespaces/${metadata.namespace}/endpoints/${metadata.name}`, change)
  return items.length
}

/** On so many edges a pod opens watches at metaServer. */
export function scaleWatches(api: Api, replicas: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${MESH_NAME}/scale`
  return api.patch(path, { spec: { replicas } })
}
