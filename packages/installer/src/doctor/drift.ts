import { same } from '@edgelift/core'
import { databaseFix } from '../containerd/damaged-database.ts'
import { EDGE_DATABASE } from '../kubeedge/edge-database.ts'
import { EDGECORE_UNIT } from '../kubeedge/edgecore-files.ts'
import { damagedFix } from '../node/crash-loop.ts'
import type { Receipt } from '../state/receipt.ts'
import { launcherOf } from '../state/way-back.ts'
import { type DriftRequest, driftOfSteps, driftText, type StepDrift } from '../steps/drift.ts'
import type { Drift, Step } from '../steps/step.ts'
import type { DoctorCode } from './codes.ts'
import { again, type Diagnosis } from './diagnosis.ts'

const CODES: Readonly<Record<Drift['kind'], DoctorCode>> = {
  file: 'FILE_CHANGED',
  service: 'SERVICE_DISABLED',
  image: 'IMAGE_MISSING',
  values: 'VALUES_CHANGED',
  object: 'OBJECT_CHANGED',
}

/** What somebody changed since the installation, by what its steps themselves check. */
export async function driftDiagnoses(steps: readonly Step[], request: DriftRequest): Promise<Diagnosis[]> {
  const found = await driftOfSteps(steps, request)
  return found.filter((drift) => !isSaidElsewhere(drift)).map((drift) => asDiagnosis(drift, request.receipt))
}

/** Pure. */
function asDiagnosis(drift: StepDrift, receipt: Receipt): Diagnosis {
  const { kind, step, place, state, fields, why = same(fields.join(', ')) } = drift
  const launcher = launcherOf(receipt)
  if (state === 'added')
    return {
      code: kind === 'service' ? 'FILE_CHANGED' : CODES[kind],
      severity: 'note',
      seen: driftText(drift),
      cause:
        kind === 'service'
          ? { en: 'somebody changed how the service runs', zh: '有人改动了该服务的运行方式' }
          : { en: 'somebody added it; it contradicts nothing', zh: '有人添加了它；与安装内容不冲突' },
      fix: { en: 'nothing to do', zh: '无需处理' },
      drift: { step, place, state, fields },
    }
  if (state === 'damaged')
    return {
      code: 'DATABASE_DAMAGED',
      seen: driftText(drift),
      cause: { en: 'a power loss or the disk damaged it (dmesg)', zh: '断电或磁盘故障所致（dmesg）' },
      fix:
        kind === 'service'
          ? databaseFix(receipt.settings.containerd !== 'existing')
          : damagedFix(EDGECORE_UNIT),
      drift: { step, place, state, fields },
    }
  const isAgent = place === 'DaemonSet edgemesh-agent' && state === 'missing'
  return {
    // Who may read EdgeCore's database is nothing that EdgeCore minds.
    ...((kind === 'object' && !isAgent) || place === EDGE_DATABASE ? { brings: [] } : {}),
    code: state === 'unknown' ? 'PROBE_FAILED' : CODES[kind],
    ...(kind === 'image' && state !== 'unknown' ? { problem: 'P7' as const } : {}),
    seen: driftText(drift),
    cause:
      state === 'unknown'
        ? why
        : {
            en: `it is not as step ${step} left it: somebody changed or deleted it`,
            zh: `与步骤 ${step} 安装的不同：被人修改或删除`,
          },
    fix: again(launcher),
    drift: { step, place, state, fields },
  }
}

/** CloudCore's replicas, its dynamicController and a deleted Node have findings of their own. */
function isSaidElsewhere({ kind, place, state, fields }: StepDrift): boolean {
  if (kind === 'object' && place.startsWith('Node ') && state === 'missing') return true
  if (kind !== 'object' || state !== 'changed' || fields.length === 0) return false
  if (place === 'Deployment cloudcore') return fields.every((field) => field === 'spec.replicas')
  return place === 'ConfigMap cloudcore' && fields.every((field) => field.includes('.dynamicController.'))
}
