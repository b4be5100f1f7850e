import { z } from 'zod'
import { type Cluster, get } from '../kube/kubectl.ts'
import { listOf } from '../kube/list.ts'
import { validityOf } from '../node/certificate-end.ts'
import { parseToken } from './join-token.ts'

export type CloudCoreCertificate = 'cloudhub' | 'cloudstream' | 'kubeedge-ca' | 'join-token'

export interface SecretEnd {
  readonly name: CloudCoreCertificate
  readonly place: string
  /** Milliseconds since 1970. For the token, when it begins is unknown. */
  readonly begins?: number
  readonly ends: number
}

/**
 * Secrets of KubeEdge with a certificate in them. CloudCore makes its own and its CA once, for about a hundred years
 * (KubeEdge v1.22.0 cloud/pkg/cloudhub/servers/httpserver/pre_server.go, pkg/security/certs/x509_ca.go); its chart makes
 * that of CloudStream once, for a year (templates/_helpers.tpl).
 */
const SECRETS = [
  { name: 'cloudhub', secret: 'cloudcoresecret', key: 'cloudcoredata' },
  { name: 'cloudstream', secret: 'cloudcore', key: 'stream.crt' },
  { name: 'kubeedge-ca', secret: 'casecret', key: 'cadata' },
] as const

const Secrets = listOf(
  z.object({
    metadata: z.object({ name: z.string() }),
    data: z.record(z.string(), z.string()).default({}),
  }),
).catch({ items: [] })

/** When they end, and the join token; undefined while the API does not respond. */
export async function cloudCoreEnds(cluster: Cluster): Promise<SecretEnd[] | undefined> {
  const names = [...SECRETS.map(({ secret }) => secret), 'tokensecret']
  const secrets = await get(cluster, Secrets, ['secret', ...names, '--ignore-not-found'], 'kubeedge')
  if (secrets === undefined) return undefined
  const value = (name: string, key: string) => {
    const found = secrets.items.find(({ metadata }) => metadata.name === name)?.data[key]
    return found === undefined ? undefined : Buffer.from(found, 'base64')
  }
  const certificates = SECRETS.flatMap(({ name, secret, key }): SecretEnd[] => {
    const validity = validityOf(value(secret, key))
    return validity === undefined ? [] : [{ name, place: `Secret kubeedge/${secret}`, ...validity }]
  })
  const token = parseToken(value('tokensecret', 'tokendata')?.toString('utf8') ?? '')?.expires
  if (token === undefined) return certificates
  return [...certificates, { name: 'join-token', place: 'Secret kubeedge/tokensecret', ends: token * 1000 }]
}
