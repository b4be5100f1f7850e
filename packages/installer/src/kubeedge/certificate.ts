import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { type Host, onHost, readHostFile } from '../node/host.ts'
import { EDGE_CERTIFICATE, EDGE_KEY } from './edgecore-config.ts'

/**
 * Whether the node has a certificate that EdgeCore can go on with: whole, with its key, of this name
 * (KubeEdge edge/pkg/edgehub/certificate/certmanager.go), and not run out. EdgeCore writes the two one after the other.
 */
export async function hasCertificate(host: Host, nodeName: string): Promise<boolean> {
  const [certificate, key] = await Promise.all([
    readHostFile(host, EDGE_CERTIFICATE),
    readHostFile(host, EDGE_KEY),
  ])
  if (certificate === undefined || key === undefined) return false
  try {
    const leaf = new X509Certificate(certificate)
    return (
      leaf.subject.split('\n').includes(`CN=system:node:${nodeName}`) &&
      Date.parse(leaf.validTo) > host.now() &&
      leaf.checkPrivateKey(createPrivateKey(key))
    )
  } catch {
    return false
  }
}

/** Makes EdgeCore ask for a new one with its token. */
export async function forgetCertificate(host: Host): Promise<void> {
  for (const file of [EDGE_CERTIFICATE, EDGE_KEY]) await rm(onHost(host, file), { force: true })
}
