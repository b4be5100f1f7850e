import { isIP } from 'node:net'
import type { BundleChart, JsonObject } from '@edgelift/bundle'
import { type Cluster, kubectl, mustSecretValue } from '../kube/kubectl.ts'
import { parseCertificate } from '../node/certificate-end.ts'

/** Where a certificate lies, PEM or DER. */
export interface CertificatePlace {
  readonly namespace: string
  readonly secret: string
  readonly key: string
}

/**
 * Whether a certificate is for all these addresses and names. True while there is none: it will be issued for them. What is no
 * certificate is for nobody.
 * @throws COMMAND_FAILED when the API does not respond
 */
export async function certificateCovers(
  cluster: Cluster,
  { namespace, secret, key }: CertificatePlace,
  hosts: readonly string[],
): Promise<boolean> {
  const found = await mustSecretValue(cluster, { namespace, name: secret, key })
  if (found === undefined) return true
  const certificate = parseCertificate(found)
  if (certificate === undefined) return false
  return hosts.every((host) =>
    isIP(host) === 0 ? certificate.checkHost(host) !== undefined : certificate.checkIP(host) !== undefined,
  )
}

/** Has the certificate of a chart reissued at the next start of its program, where it does not cover the settings. */
export async function dropUncovering(
  cluster: Cluster,
  { certificate, namespace }: BundleChart,
  settings: JsonObject,
): Promise<boolean> {
  if (certificate === undefined) return false
  const hosts = certificate.covers.flatMap((name) => textsIn(settings[name]))
  if (await certificateCovers(cluster, { namespace, ...certificate }, hosts)) return false
  await kubectl(cluster, ['-n', namespace, 'delete', 'secret', certificate.secret, '--ignore-not-found'])
  return true
}

function textsIn(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string' && one !== '')
}
