import { apiResponds, type Cluster, NO_API, WATCHED, watchFor } from '../kube/kubectl.ts'
import { clockFindings } from '../preflight/cloud-findings.ts'
import type { Diagnosis } from './diagnosis.ts'
import { notFoundOut } from './probe.ts'

/** Seconds by which a lease may seem old: it is renewed every ten, and read at the end of the watch. */
const BLUR = 60
const REPORT = '{.metadata.name} {.spec.renewTime}{"\\n"}'

const CLOCKS = { en: 'clocks of nodes', zh: '节点时钟' } as const

/** On the cloud: nodes whose clocks differ from this machine's, by the leases that they renew meanwhile. */
export async function clusterClocks(cluster: Cluster): Promise<Diagnosis[]> {
  const renewed = await watchFor(cluster, ['leases', '-n', 'kube-node-lease'], REPORT, WATCHED)
  // Each kubelet that runs renews its own within this time, if kubectl does not need too much of it.
  if (renewed === '' && !(await apiResponds(cluster))) return [notFoundOut(CLOCKS, NO_API)]
  return clockDiagnoses(renewed, cluster.host.now())
}

/** Pure. @param renewed lines of a node's name and its time; the last one of a node counts */
export function clockDiagnoses(renewed: string, now: number): Diagnosis[] {
  const offsets = new Map<string, number>()
  for (const line of renewed.split('\n')) {
    const [node, time] = line.trim().split(' ')
    const at = Date.parse(time ?? '')
    if (node && !Number.isNaN(at)) offsets.set(node, at - now)
  }
  return [...offsets].flatMap(([node, offset]) => {
    if (Math.abs(offset) < BLUR * 1000) return []
    const other = { en: `that of node ${node}`, zh: `节点 ${node} ` }
    return clockFindings(Math.round(offset / 1000), other).map(
      ({ seen, matters, fix }): Diagnosis => ({
        code: 'CLOCK_DIFFERS',
        seen,
        cause: matters,
        fix,
        ahead: -offset,
      }),
    )
  })
}

/** Go's crypto/x509: "certificate has expired or is not yet valid: current time … is before …" */
export function isOfClock(words: string | undefined): boolean {
  return /not yet valid: current time \S+ is before/.test(words ?? '')
}
