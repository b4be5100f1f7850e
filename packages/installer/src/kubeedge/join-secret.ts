import { type Cluster, secretValue } from '../kube/kubectl.ts'

/** The current join token (Secret kubeedge/tokensecret, KubeEdge cloud/pkg/cloudhub/servers/httpserver). */
export async function joinTokenOf(cluster: Cluster): Promise<string | undefined> {
  const token = { namespace: 'kubeedge', name: 'tokensecret', key: 'tokendata' }
  return (await secretValue(cluster, token))?.toString('utf8')
}
