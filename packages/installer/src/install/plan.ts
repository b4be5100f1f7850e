import type { Text } from '@edgelift/core'
import type { PlanFacts } from '../inspect/inspection.ts'
import { resolveCloud } from '../settings/cloud.ts'
import { resolveEdge } from '../settings/edge.ts'
import type { Settings } from '../settings/schema.ts'
import type { Step } from '../steps/step.ts'
import type { Bundle } from './bundle.ts'
import { cloudPlan } from './cloud-plan.ts'
import { edgePlan } from './edge-plan.ts'
import { kubeEdgeOnlyPlan } from './kubeedge-only-plan.ts'

/** What an installation does: data, in order. Each step names what does it and holds what that is given. */
export interface Plan {
  readonly bundle: string
  readonly steps: readonly Step[]
}

/**
 * The plan of an installation, by what was found, what is wanted and what the archive brings. Pure: the same three give
 * the same plan.
 * @throws ANSWER_NEEDED when a setting is missing that no fact stands for
 * @throws ANSWER_INVALID for an address that K3s or EdgeMesh cannot work with
 */
export function planInstall(inspection: PlanFacts, settings: Settings, bundle: Bundle): Plan {
  return { bundle: bundle.manifest.name, steps: stepsOf(inspection, settings, bundle) }
}

function stepsOf(inspection: PlanFacts, settings: Settings, bundle: Bundle): Step[] {
  const { facts, addressToCloud, cluster } = inspection
  const { sandboxImage, k3sDisable } = bundle.manifest.settings
  if (settings.role === 'edge')
    return edgePlan(inspection, resolveEdge(settings, facts, { sandboxImage, addressToCloud }), bundle)
  const pskFile = settings.pskFile ?? null
  if (cluster !== undefined) {
    const resolved = resolveCloud(settings, facts, k3sDisable, { node: cluster.node })
    return kubeEdgeOnlyPlan(cluster, { settings: resolved, pskFile }, bundle)
  }
  const deviceOf = (address: string) => facts.ownAddresses.find((one) => one.address === address)?.device
  const resolved = resolveCloud(settings, facts, k3sDisable, { deviceOf })
  return cloudPlan({ settings: resolved, pskFile, restore: inspection.restore }, bundle)
}

/** A plan as JSON: what a dry run prints. */
export function planDocument({ steps }: Plan): { id: string; title: Text; inputs: object }[] {
  return steps.map(({ id, title, inputs }) => ({ id, title, inputs }))
}
