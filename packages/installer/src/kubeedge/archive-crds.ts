import type { BundleChart, JsonObject } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { type Crd, type CrdDrift, crdDrift } from '../kube/crds.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { chartCrds } from '../kube/packed-chart.ts'
import type { Change } from '../state/change.ts'
import type { Run } from '../steps/run.ts'
import type { Drift } from '../steps/step.ts'
import { asDrift, restores } from './restored-object.ts'

/** How many fields a message names. */
const SHOWN = 5

function recordOf(name: string): Change {
  return { kind: 'object', resource: 'crd', name }
}

/** Which CRDs of the archive are to be applied: those that are missing, and ours that differ. */
export function archiveCrds(
  { changes }: Pick<Run, 'changes'>,
  cluster: Cluster,
  crds: readonly Crd[],
): Promise<CrdDrift[]> {
  return crdDrift(cluster, crds, (name) => changes.has(recordOf(name)))
}

/** As {@link archiveCrds}, of what a chart brings with these values. */
export async function chartCrdDrift(
  run: Pick<Run, 'host' | 'directory' | 'changes'>,
  cluster: Cluster,
  { chart, values }: { readonly chart: BundleChart; readonly values: JsonObject },
): Promise<CrdDrift[]> {
  return archiveCrds(run, cluster, await chartCrds(run, chart, values))
}

/** Those that were there before are others', and are not recorded. */
export async function recordCrds({ changes }: Run, drifts: readonly CrdDrift[]): Promise<void> {
  for (const { crd } of drifts) await changes.record(recordOf(crd.metadata.name))
}

/** Says which of them somebody deleted, and which differ; before they are recorded. One that is new needs no word. */
export function tellCrds({ changes, report }: Run, drifts: readonly CrdDrift[]): void {
  for (const { crd, fields } of drifts) {
    const { kind, metadata } = crd
    const { name } = metadata
    if (!changes.has(recordOf(name))) continue
    if (fields.length > 0) report({ type: 'note', level: 'warning', text: updated(name, fields) })
    else if (changes.wasComplete) report(restores({ kind, name, fields }, undefined))
  }
}

function updated(name: string, fields: readonly string[]): Text {
  const list = (between: string): string => fields.slice(0, SHOWN).join(between)
  return {
    en: `CustomResourceDefinition ${name} differs from the archive's (${list(', ')}): it is updated`,
    zh: `CustomResourceDefinition ${name} 与离线包中的不一致（${list('、')}），将更新`,
  }
}

/** As a step tells them. */
export function placesOf(drifts: readonly CrdDrift[]): Drift[] {
  return drifts.map(({ crd, fields }) => asDrift({ kind: crd.kind, name: crd.metadata.name, fields }))
}
