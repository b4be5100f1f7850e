import type { Report } from '@edgelift/core'
import type { Place } from '../kube/access.ts'
import type { Host } from '../node/host.ts'
import { ticking } from '../node/ticking.ts'
import type { Receipt } from '../state/receipt.ts'
import { launcherOf } from '../state/way-back.ts'
import type { Step } from '../steps/step.ts'
import { type Check, outcomeOf } from '../verify/check.ts'
import { checksOfNode, type NodeChecks } from '../verify/node-checks.ts'
import { certificateDiagnoses } from './certificates.ts'
import { checkCauses, type Diagnosis } from './diagnosis.ts'
import { driftDiagnoses } from './drift.ts'
import { answered, DEADLINE, type Probe } from './probe.ts'
import { unitDiagnoses } from './units.ts'

/** Who looks at a node, and what is known of it. */
export interface Watcher {
  readonly report: Report
  readonly signal: AbortSignal
  /** The steps that this node was installed by; undefined where they are not known. */
  readonly installed: readonly Step[] | undefined
}

/** The checks of a node; those that cannot be told say so in place of themselves. */
export interface ChosenChecks extends NodeChecks {
  readonly failed: readonly Diagnosis[]
}

/** Which checks are those of this node: an edge asks its metaServer, which takes a while when its cloud is away. */
export async function chosenChecks(place: Place, receipt: Receipt, watcher: Watcher): Promise<ChosenChecks> {
  const title = { en: 'what was installed', zh: '检查安装内容' }
  const { report } = watcher
  report({ type: 'phase', id: 'installed', title })
  let chosen: NodeChecks = { edgemesh: false, checks: [] }
  const failed = await answered(title, async () => {
    chosen = await ticking({ id: 'installed', title, report, deadline: DEADLINE }, () =>
      checksOfNode(place, receipt, watcher),
    )
    return []
  })
  return { ...chosen, failed }
}

/** What was changed by hand; none where it is not known what was installed. */
export function changes(place: Place, receipt: Receipt, { installed, signal }: Watcher): Probe[] {
  if (installed === undefined) return []
  const title = { en: 'what was changed since the installation', zh: '检查安装后的改动' }
  return [{ id: 'drift', title, run: () => driftDiagnoses(installed, { ...place, receipt, signal }) }]
}

/** Whether the node's services run. */
export function services(host: Host, units: readonly string[], hubPort: number): Probe {
  const title = { en: 'services', zh: '检查服务' }
  return { id: 'services', title, run: () => unitDiagnoses(host, units, hubPort) }
}

/** What ends, and what has. */
export function certificates(place: Place, receipt: Receipt): Probe {
  const title = { en: 'certificates', zh: '检查证书' }
  return { id: 'certificates', title, run: () => certificateDiagnoses(place, receipt) }
}

/** A check of verify, as doctor tells it. @param kubectl as it is called on the cloud */
export function probeOf(check: Check, kubectl: string, receipt: Receipt): Probe {
  return {
    id: check.id,
    title: check.title,
    async run() {
      const outcome = await outcomeOf(check)
      if (outcome.state !== 'failed') return []
      const { why, explanation } = outcome
      const seen = { en: `${check.title.en}: ${why.en}`, zh: `${check.title.zh}：${why.zh}` }
      if (explanation !== undefined) return [{ ...explanation, problem: 'P6', seen }]
      const cause = checkCauses({ kubectl, launcher: launcherOf(receipt) })[check.id]
      return cause === undefined ? [] : [{ ...cause, seen }]
    },
  }
}
