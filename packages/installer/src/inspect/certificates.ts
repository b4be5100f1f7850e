import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Text } from '@edgelift/core'
import { z } from 'zod'
import { clusterOf, type Place } from '../kube/access.ts'
import { tryKubectl } from '../kube/kubectl.ts'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { parseToken } from '../kubeedge/join-token.ts'
import { onHost } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'

export type CertificateName = 'k3s' | 'cloudhub' | 'cloudstream' | 'edgecore' | 'join-token'

/** When something ends that nodes trust each other by. */
export interface CertificateEnd {
  readonly name: CertificateName
  /** The file, or the Secret. */
  readonly place: string
  /** Milliseconds since 1970. */
  readonly ends: number
}

/** In days, from the last to the first: what is to be done is urgent, is to be planned, or has been missed. */
const STAGES = [0, 30, 60] as const
export type Stage = (typeof STAGES)[number]

/** Undefined: the end is more than 60 days away. A join token ends every day, and is renewed by CloudCore. */
export function stageOf({ name, ends }: CertificateEnd, now: number): Stage | undefined {
  if (name === 'join-token') return undefined
  return STAGES.find((days) => ends - now <= days * DAY)
}

const DAY = 86_400_000 // milliseconds

export const CERTIFICATE_NAMES: Readonly<Record<CertificateName, Text>> = {
  k3s: { en: "K3s' certificates", zh: 'K3s 证书' },
  cloudhub: { en: "CloudHub's certificate", zh: 'CloudHub 证书' },
  cloudstream: { en: "CloudStream's certificate", zh: 'stream 证书（CloudStream）' },
  edgecore: { en: "EdgeCore's certificate", zh: 'EdgeCore 证书' },
  'join-token': { en: 'the join token', zh: '接入令牌（token）' },
}

/** The certificates of this node's role, as far as they can be read. */
export async function certificateEnds(place: Place, receipt: Receipt): Promise<CertificateEnd[]> {
  if (receipt.role === 'edge') return ended('edgecore', EDGE_CERTIFICATE, await read(place, EDGE_CERTIFICATE))
  return [
    ...(receipt.kubeEdgeOnly === undefined ? await k3sEnd(place) : []),
    ...(await secretEnds(place, receipt)),
  ]
}

const K3S_TLS = '/var/lib/rancher/k3s/server/tls'

/** The first of K3s' leaf certificates to end: it renews all of them at a start within 120 days of their end. */
async function k3sEnd(place: Place): Promise<CertificateEnd[]> {
  const names = await readdir(onHost(place.host, K3S_TLS)).catch(() => [])
  const files = names.filter((name) => name.endsWith('.crt') && !name.endsWith('-ca.crt'))
  const all: CertificateEnd[] = []
  for (const name of files) {
    const file = path.posix.join(K3S_TLS, name)
    all.push(...ended('k3s', file, await read(place, file)))
  }
  return all.toSorted((a, b) => a.ends - b.ends).slice(0, 1)
}

async function read({ host }: Place, file: string): Promise<Buffer | undefined> {
  return readFile(onHost(host, file)).catch(() => undefined)
}

const Secrets = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      data: z.record(z.string(), z.string()).default({}),
    }),
  ),
})

/** KubeEdge's, in namespace kubeedge. */
async function secretEnds(place: Place, receipt: Receipt): Promise<CertificateEnd[]> {
  const cluster = await clusterOf(place, receipt.kubeEdgeOnly)
  const names = ['cloudcoresecret', 'cloudcore', 'tokensecret']
  const text = await tryKubectl(
    cluster,
    ...['-n', 'kubeedge', 'get', 'secret', ...names, '--ignore-not-found', '-o', 'json'],
  )
  const items = text?.trim() ? (Secrets.safeParse(JSON.parse(text)).data?.items ?? []) : []
  const value = (name: string, key: string) => {
    const found = items.find(({ metadata }) => metadata.name === name)?.data[key]
    return found === undefined ? undefined : Buffer.from(found, 'base64')
  }
  const token = parseToken(value('tokensecret', 'tokendata')?.toString('utf8') ?? '')?.expires
  return [
    ...ended('cloudhub', 'Secret kubeedge/cloudcoresecret', value('cloudcoresecret', 'cloudcoredata')),
    ...ended('cloudstream', 'Secret kubeedge/cloudcore', value('cloudcore', 'stream.crt')),
    ...(token === undefined
      ? []
      : [{ name: 'join-token' as const, place: 'Secret kubeedge/tokensecret', ends: token * 1000 }]),
  ]
}

/** PEM or DER; nothing for what is no certificate. */
function ended(name: CertificateName, place: string, bytes: Buffer | undefined): CertificateEnd[] {
  if (bytes === undefined) return []
  try {
    return [{ name, place, ends: Date.parse(new X509Certificate(bytes).validTo) }]
  } catch {
    return []
  }
}
