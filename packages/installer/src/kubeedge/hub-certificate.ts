import type { BundleChart } from '@edgelift/bundle'
import type { Cluster } from '../kube/kubectl.ts'
import { certificateCovers } from './chart-certificate.ts'

/** CloudHub's certificate (KubeEdge cloud/pkg/cloudhub/servers/httpserver/pre_server.go). */
const HUB_CERTIFICATE = { namespace: 'kubeedge', secret: 'cloudcoresecret', key: 'cloudcoredata' }

/** Whether CloudHub's certificate is for all these addresses and names. CloudCore issues it once and never again. */
export function hubCertificateIsFor(cluster: Cluster, hosts: readonly string[]): Promise<boolean> {
  return certificateCovers(cluster, HUB_CERTIFICATE, hosts)
}

/** The chart whose program issues CloudHub's certificate, by what the release says of it: CloudCore's. */
export function cloudCoreChart(charts: readonly BundleChart[]): BundleChart | undefined {
  return charts.find(
    ({ namespace, certificate }) =>
      namespace === HUB_CERTIFICATE.namespace && certificate?.secret === HUB_CERTIFICATE.secret,
  )
}
