import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type Cluster, kubectl, tryKubectl } from '../kube/kubectl.ts'

/** CloudHub's certificate and key, in the namespace kubeedge. */
export const HUB_SECRET = 'cloudcoresecret'

/**
 * Whether CloudHub's certificate is for all these addresses and names. CloudCore makes it once and never again, also
 * when advertiseAddress changes (KubeEdge cloud/pkg/cloudhub/servers/httpserver/pre_server.go). True while there is
 * none: it will be made for the addresses of then.
 */
export async function hubCertificateIsFor(cluster: Cluster, hosts: readonly string[]): Promise<boolean> {
  const output = 'jsonpath={.data.cloudcoredata}'
  const text = await tryKubectl(cluster, '-n', 'kubeedge', 'get', 'secret', HUB_SECRET, '-o', output)
  if (text === undefined || text === '') return true
  const certificate = new X509Certificate(Buffer.from(text, 'base64'))
  return hosts.every((host) =>
    isIP(host) === 0 ? certificate.checkHost(host) !== undefined : certificate.checkIP(host) !== undefined,
  )
}

/** Has it reissued at CloudCore's next start. Edges trust its CA, which stays. */
export async function dropHubCertificate(cluster: Cluster): Promise<void> {
  await kubectl(cluster, ['-n', 'kubeedge', 'delete', 'secret', HUB_SECRET, '--ignore-not-found'])
}
