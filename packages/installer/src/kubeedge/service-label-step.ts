import { releaseOf } from '../kube/helm.ts'
import { type ClusterAccess, kubectl, tryKubectl } from '../kube/kubectl.ts'
import type { ChangeOf } from '../state/change.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { EDGEMESH_LABEL } from './edgemesh-label.ts'

export interface ServiceLabelInputs {
  readonly cluster: ClusterAccess
  /** Whether EdgeMesh is chosen; it may be installed by hand all the same. */
  readonly edgemesh: boolean
}

const LABEL: ChangeOf<'label'> = {
  kind: 'label',
  resource: 'service',
  namespace: 'default',
  name: 'kubernetes',
  label: EDGEMESH_LABEL,
}

/**
 * Keeps EdgeMesh off the API's own Service. It also tells every edge that there is EdgeMesh, chosen or installed by hand;
 * without EdgeMesh a label of ours goes.
 */
export const serviceLabel = defineStep<ServiceLabelInputs>({
  id: 'service-label',
  title: { en: 'label the kubernetes Service for EdgeMesh', zh: '为 kubernetes Service 添加 EdgeMesh 标签' },
  check: async (run, inputs) =>
    (await isWanted(run, inputs)) ? isLabelled(run, inputs) : !run.changes.has(LABEL),
  async apply(run, inputs) {
    const cluster = { host: run.host, ...inputs.cluster }
    if (await isWanted(run, inputs)) {
      await run.changes.record(LABEL)
      await kubectl(cluster, ['label', 'service', 'kubernetes', `${EDGEMESH_LABEL}=`, '--overwrite'])
    } else {
      await kubectl(cluster, ['label', 'service', 'kubernetes', `${EDGEMESH_LABEL}-`])
      await run.changes.forget(LABEL)
    }
  },
})

async function isWanted(run: Run, { cluster, edgemesh }: ServiceLabelInputs): Promise<boolean> {
  if (edgemesh) return true
  const chart = run.manifest.charts.find(({ name }) => name === 'edgemesh')
  if (chart === undefined) return false
  return (await releaseOf(run, { host: run.host, ...cluster }, chart))?.ours === false
}

async function isLabelled({ host }: Run, { cluster }: ServiceLabelInputs): Promise<boolean> {
  const text = await tryKubectl({ host, ...cluster }, 'get', 'service', 'kubernetes', '-o', 'json')
  return text?.includes(`"${EDGEMESH_LABEL}"`) === true
}
