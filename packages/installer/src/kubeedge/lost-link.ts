import type { Ctr } from '../containerd/ctr.ts'
import { killTask, tasksOf } from '../containerd/ctr-client.ts'
import type { Host } from '../node/host.ts'
import { ageOf } from '../node/units.ts'
import type { Run } from '../steps/run.ts'
import { repositoryOf } from './daemon-pods.ts'
import { hasEdgemeshLink } from './edgemesh-dns.ts'

/** Milliseconds for an agent to make its link, also on a slow machine. */
const STARTS = 60_000

interface Agent {
  readonly ctr: Ctr
  readonly agentImage: string | null
}

/**
 * EdgeMesh's agent makes edgemesh0 when it starts (EdgeMesh pkg/dns), and not again when somebody deletes it: it is ended, and
 * the kubelet starts it again. To be called again and again while the agent is waited for.
 */
export async function replaceLostLink(
  { host, report }: Pick<Run, 'host' | 'report'>,
  agent: Agent,
): Promise<void> {
  if ((await hasEdgemeshLink(host)) !== false) return
  for (const id of await grownUp(host, agent)) {
    report({ type: 'note', level: 'warning', text: RESTARTED })
    await killTask(host, agent.ctr, id)
  }
}

/** Containers of the agent that had the time to make it. */
async function grownUp(host: Host, { ctr, agentImage }: Agent): Promise<string[]> {
  if (agentImage === null) return []
  const containers = (await tasksOf(host, ctr, repositoryOf(agentImage))) ?? []
  const found: string[] = []
  for (const { id, pid } of containers) {
    const age = await ageOf(host, pid)
    if (age !== undefined && age > STARTS) found.push(id)
  }
  return found
}

const RESTARTED = {
  en: 'somebody deleted edgemesh0: the EdgeMesh agent is restarted and makes it again',
  zh: '网桥 edgemesh0 已被删除：将重启 EdgeMesh agent 以重新创建',
}
