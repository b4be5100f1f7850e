import type { BundleChart } from '@edgelift/bundle'
import { z } from 'zod'
import { releaseOf } from '../kube/helm.ts'
import { apiResponds, type Cluster, type ClusterAccess, kubectl, mustGet } from '../kube/kubectl.ts'
import type { ChangeOf } from '../state/change.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'

export interface ChartLabelsInputs {
  readonly cluster: ClusterAccess
  /** Names of charts that are chosen; another one may be installed by hand all the same. */
  readonly chosen: readonly string[]
}

type Label = NonNullable<BundleChart['labels']>[number]

/**
 * Labels that charts want on objects of others: EdgeMesh's keeps it off the API's own Service, and tells every edge that
 * there is EdgeMesh. Without its chart a label of ours goes.
 */
export const chartLabels = defineStep<ChartLabelsInputs>({
  id: 'service-label',
  title: { en: 'label the kubernetes Service for EdgeMesh', zh: '为 kubernetes Service 添加 EdgeMesh 标签' },
  check: async (run, inputs) => (await wrong(run, inputs)).length === 0,
  async drift(run, inputs) {
    if (!(await apiResponds({ host: run.host, ...inputs.cluster }))) return []
    return (await wrong(run, inputs)).map(({ resource, name, label }) => ({
      kind: 'object',
      place: `${resource} ${name}`,
      state: 'changed',
      fields: [`metadata.labels.${label}`],
    }))
  },
  async apply(run, inputs) {
    const cluster = { host: run.host, ...inputs.cluster }
    for (const [label, isWanted] of await labelsOf(run, cluster, inputs)) {
      const change = changeOf(label)
      const { namespace, resource, name } = label
      const object = ['-n', namespace, 'label', resource, name]
      if (isWanted) {
        if (await isSet(cluster, label)) continue
        await run.changes.record(change)
        await kubectl(cluster, [...object, `${label.label}=${label.value}`, '--overwrite'])
      } else if (run.changes.has(change)) {
        await kubectl(cluster, [...object, `${label.label}-`])
        await run.changes.forget(change)
      }
    }
  },
})

/** Labels that are not as they are wanted. */
async function wrong(run: Run, inputs: ChartLabelsInputs): Promise<Label[]> {
  const cluster = { host: run.host, ...inputs.cluster }
  const found: Label[] = []
  for (const [label, isWanted] of await labelsOf(run, cluster, inputs)) {
    const isRight = isWanted ? await isSet(cluster, label) : !run.changes.has(changeOf(label))
    if (!isRight) found.push(label)
  }
  return found
}

/** Each label, and whether it is wanted. */
async function labelsOf(
  run: Run,
  cluster: Cluster,
  { chosen }: ChartLabelsInputs,
): Promise<(readonly [Label, boolean])[]> {
  const found: (readonly [Label, boolean])[] = []
  for (const chart of run.manifest.charts) {
    if (chart.labels === undefined) continue
    const isWanted = chosen.includes(chart.name) || (await releaseOf(run, cluster, chart))?.ours === false
    for (const label of chart.labels) found.push([label, isWanted])
  }
  return found
}

const Labelled = z
  .object({ metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }) })
  .nullable()

/** @throws COMMAND_FAILED while the API does not respond: a label of others would be recorded as ours, and taken off later */
async function isSet(cluster: Cluster, { namespace, resource, name, label }: Label): Promise<boolean> {
  const found = await mustGet(cluster, Labelled, [resource, name, '--ignore-not-found'], namespace)
  return found !== null && Object.hasOwn(found.metadata.labels, label)
}

function changeOf({ resource, namespace, name, label }: Label): ChangeOf<'label'> {
  return { kind: 'label', resource, namespace, name, label }
}
