import type { Text } from '@edgelift/core'
import { k3sAuthority, k3sCertificate } from '../k3s/certificates.ts'
import { damagedFiles } from '../k3s/damaged-files.ts'
import { clusterOf, type Place } from '../kube/access.ts'
import { type CloudCoreCertificate, cloudCoreEnds } from '../kubeedge/cloudcore-certificates.ts'
import { edgeCertificate } from '../kubeedge/edgecore-certificate-step.ts'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { DAY, SOON } from '../node/certificate-end.ts'
import type { Host } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'

export type CertificateName = 'k3s' | 'k3s-ca' | 'edgecore' | CloudCoreCertificate

/** When something ends that nodes trust each other by. */
export interface CertificateEnd {
  readonly name: CertificateName
  /** The file, or the Secret. */
  readonly place: string
  /** Milliseconds since 1970, where it is known. */
  readonly begins?: number
  readonly ends: number
}

/** In days, from the last to the first: what is to be done is urgent, is to be planned, or has been missed. */
const STAGES = [0, 30, SOON] as const
export type Stage = (typeof STAGES)[number]

/** Undefined: the end is more than 60 days away. A join token ends every day, and is renewed by CloudCore. */
export function stageOf({ name, ends }: CertificateEnd, now: number): Stage | undefined {
  if (name === 'join-token') return undefined
  return STAGES.find((days) => ends - now <= days * DAY)
}

export const CERTIFICATE_NAMES: Readonly<Record<CertificateName, Text>> = {
  k3s: { en: "K3s' certificates", zh: 'K3s 证书' },
  cloudhub: { en: "CloudHub's certificate", zh: 'CloudHub 证书' },
  cloudstream: { en: "CloudStream's certificate", zh: 'stream 证书（CloudStream）' },
  edgecore: { en: "EdgeCore's certificate", zh: 'EdgeCore 证书' },
  'k3s-ca': { en: "K3s' CA", zh: 'K3s CA' },
  'kubeedge-ca': { en: "KubeEdge's CA", zh: 'KubeEdge CA' },
  'join-token': { en: 'the join token', zh: '接入令牌（token）' },
}

/** The certificate that edges are connected by, where it could not be read. Pure. */
export function unreadCertificate(
  { role, completed }: Pick<Receipt, 'role' | 'completed'>,
  ends: readonly CertificateEnd[],
): 'edgecore' | 'cloudhub' | undefined {
  const name = role === 'edge' ? 'edgecore' : 'cloudhub'
  return completed === undefined || ends.some((end) => end.name === name) ? undefined : name
}

/** Files of the installed K3s that a power loss has left damaged ({@link damagedFiles}). */
export async function damagedCertificates(
  host: Host,
  { role, kubeEdgeOnly }: Pick<Receipt, 'role' | 'kubeEdgeOnly'>,
): Promise<string[]> {
  return role === 'cloud' && kubeEdgeOnly === undefined ? damagedFiles(host) : []
}

/** The certificates of this node's role, as far as they can be read. */
export async function certificateEnds(place: Place, receipt: Receipt): Promise<CertificateEnd[]> {
  const { host } = place
  if (receipt.role === 'edge') {
    const found = await edgeCertificate(host)
    return found === undefined ? [] : [{ name: 'edgecore', place: EDGE_CERTIFICATE, ends: found.ends }]
  }
  const ofCloudCore = (await cloudCoreEnds(await clusterOf(place, receipt.kubeEdgeOnly))) ?? []
  if (receipt.kubeEdgeOnly !== undefined) return ofCloudCore
  const ofK3s = [
    { name: 'k3s' as const, found: await k3sCertificate(host) },
    { name: 'k3s-ca' as const, found: await k3sAuthority(host) },
  ]
  return [
    ...ofK3s.flatMap(({ name, found }) => (found ? [{ name, place: found.file, ends: found.ends }] : [])),
    ...ofCloudCore,
  ]
}
