import { z } from 'zod'
import type { Host } from '../node/host.ts'
import { readHostJson } from '../node/host-json.ts'
import { MESH_KUBECONFIG } from './places.ts'

/** How the service reaches the API. */
export interface MeshAccess {
  readonly server: string
  /** PEM, base64; empty where the system's authorities have signed the server's certificate. */
  readonly ca: string
  readonly token: string
}

const Kubeconfig = z.object({
  clusters: z.tuple([
    z.object({
      cluster: z.object({ server: z.url(), 'certificate-authority-data': z.string().optional() }),
    }),
  ]),
  users: z.tuple([z.object({ user: z.object({ token: z.string().min(1) }) })]),
})

/** A kubeconfig in JSON, which kubectl reads, too. */
export function meshKubeconfig({ server, ca, token }: MeshAccess): string {
  const name = 'mesh-refresh'
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, ...(ca === '' ? {} : { 'certificate-authority-data': ca }) } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** What {@link meshKubeconfig} has written; undefined where it is damaged. */
export async function readMeshKubeconfig(host: Host): Promise<MeshAccess | undefined> {
  const found = await readHostJson(host, MESH_KUBECONFIG, Kubeconfig)
  if (found === undefined) return undefined
  const { clusters, users } = found
  const { server, 'certificate-authority-data': ca = '' } = clusters[0].cluster
  return { server, ca, token: users[0].user.token }
}
