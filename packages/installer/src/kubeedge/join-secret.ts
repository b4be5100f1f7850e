import { type Cluster, tryKubectl } from '../kube/kubectl.ts'

/** The current join token (Secret kubeedge/tokensecret, KubeEdge cloud/pkg/cloudhub/servers/httpserver). */
export async function joinTokenOf(cluster: Cluster): Promise<string | undefined> {
  const output = 'jsonpath={.data.tokendata}'
  const text = await tryKubectl(cluster, '-n', 'kubeedge', 'get', 'secret', 'tokensecret', '-o', output)
  return text === undefined || text === '' ? undefined : Buffer.from(text, 'base64').toString('utf8')
}
