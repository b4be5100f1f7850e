import { lastWords } from '../node/last-words.ts'
import type { Hopeless } from '../node/wait.ts'
import { formatKubectl } from './access.ts'
import { type Cluster, tryKubectl } from './kubectl.ts'
import { podStates } from './pods.ts'

/** Restarts while something is waited for, after which a pod does not come up by itself. */
const RESTARTS = 3

/**
 * Watches the pods of a namespace on one node while they are waited for. The returned function says why the wait is of no
 * use once one has exited again and again since the first call; what it did before counts for nothing.
 * @param nodeName null: pods of every node are watched
 */
export function watchPods(
  cluster: Cluster,
  { namespace, nodeName }: { readonly namespace: string; readonly nodeName: string | null },
): () => Promise<Hopeless | undefined> {
  let before: ReadonlyMap<string, number> | undefined
  return async () => {
    const found = await podStates(cluster, namespace, '')
    if (found === undefined) return undefined
    const pods = found.filter(({ node }) => nodeName === null || node === nodeName)
    before ??= new Map(pods.map(({ name, restarts }) => [name, restarts]))
    for (const { name, restarts, running } of pods) {
      const died = restarts - (before.get(name) ?? 0)
      if (!running && died >= RESTARTS) return exits(cluster, { namespace, name, died })
    }
    return undefined
  }
}

async function exits(
  cluster: Cluster,
  { namespace, name, died }: { readonly namespace: string; readonly name: string; readonly died: number },
): Promise<Hopeless> {
  const log = await tryKubectl(cluster, '-n', namespace, 'logs', name, '--previous', '--tail=200')
  const words = lastWords(log ?? '')
  const said = words === undefined ? { en: '', zh: '' } : { en: `: ${words}`, zh: `：${words}` }
  const see = `${formatKubectl(cluster)} -n ${namespace} logs ${name} --previous`
  return {
    hopeless: {
      en: `pod ${name} exits again and again (${died} times)${said.en}`,
      zh: `Pod ${name} 反复退出（${died} 次）${said.zh}`,
    },
    fix: {
      en: `correct what the message names, then run it again; log: ${see}`,
      zh: `请处理上述消息所指的问题，然后重新运行；日志：${see}`,
    },
  }
}
