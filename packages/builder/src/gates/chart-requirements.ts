import type { BundleChart, Choice, When } from '@edgelift/bundle'
import type { Digest } from '@edgelift/core'
import { error, type Finding } from '../findings.ts'
import { choicesOf, conditionKey, distinct } from './choices.ts'
import type { ObjectReader } from './kubernetes-yaml.ts'
import { type ObjectRequirements, type ObjectSource, requirementsIn } from './object-requirements.ts'
import type { ClusterState, Renderer } from './render.ts'
import type { ImageRequirement } from './requirement.ts'

/** A chart of a release whose packed file lies in the store. */
export interface PackedChart {
  readonly chart: BundleChart
  readonly packed: Digest
  readonly source: ObjectSource
}

/** What the pods of a chart ask for, in every choice in which it can be installed, on every state of the cluster. */
export async function chartRequirements(
  { chart, packed, source }: PackedChart,
  clusters: readonly ClusterState[],
  { renderer, read }: { readonly renderer: Renderer; readonly read: ObjectReader },
): Promise<ObjectRequirements> {
  const findings: Finding[] = []
  const mentioned = []
  /** What a first installation fails with is not told again of an upgrade. */
  const failed = new Set<string>()
  const choices = choicesOf(chart)
  const seen = new Map<string, { requirement: ImageRequirement; choices: Set<Choice> }>()
  const runs = choices.flatMap((choice) => clusters.map((cluster) => ({ choice, cluster })))
  const texts = await Promise.all(
    runs.map(async (run) => ({
      ...run,
      rendered: await renderer.render(chart, packed, run.choice, run.cluster),
    })),
  )
  for (const { choice, cluster, rendered } of texts) {
    if ('reason' in rendered) {
      const { reason } = rendered
      if (!failed.has(`${keyOf(choice)}\0${reason}`))
        findings.push(unrendered(source.where, { choice, cluster, reason }))
      failed.add(`${keyOf(choice)}\0${reason}`)
      continue
    }
    const found = requirementsIn(read(rendered.text), source)
    findings.push(...found.findings)
    mentioned.push(...found.mentioned)
    for (const requirement of found.requirements) {
      const key = JSON.stringify([requirement.role, requirement.reference, requirement.requirer])
      const entry = seen.get(key) ?? { requirement, choices: new Set() }
      entry.choices.add(choice)
      seen.set(key, entry)
    }
  }
  const requirements = [...seen.values()].map(({ requirement, choices: held }) => {
    const when = conditionOf(chart, { held, all: choices })
    return when === undefined ? requirement : { ...requirement, when }
  })
  return { requirements, mentioned, findings }
}

/** The objects of a chart in all of its choices, as far as it can be rendered. */
export async function renderedTexts(
  { chart, packed }: PackedChart,
  cluster: ClusterState,
  renderer: Renderer,
): Promise<string[]> {
  const rendered = await Promise.all(
    choicesOf(chart).map((choice) => renderer.render(chart, packed, choice, cluster)),
  )
  return rendered.flatMap((one) => ('text' in one ? [one.text] : []))
}

/**
 * The condition under which something of a chart is there: the variant's without which it never is, else the chart's.
 */
function conditionOf(
  chart: BundleChart,
  { held, all }: { readonly held: ReadonlySet<Choice>; readonly all: readonly Choice[] },
): When | undefined {
  if (held.size === all.length) return chart.when
  const needed = distinct(chart.variants.map(({ when }) => when)).find((when) =>
    [...held].every((choice) => holds(when, choice)),
  )
  return needed ?? chart.when
}

function holds(when: When, choice: Choice): boolean {
  return 'option' in when ? choice.options.has(when.option) : choice.facts.has(when.fact)
}

function keyOf({ options, facts }: Choice): string {
  return JSON.stringify([[...options], [...facts]])
}

function unrendered(
  where: string,
  run: { readonly choice: Choice; readonly cluster: ClusterState; readonly reason: string },
): Finding {
  const { choice, cluster, reason } = run
  const chosen = [
    ...[...choice.options].map((option) => conditionKey({ option })),
    ...[...choice.facts].map((fact) => conditionKey({ fact })),
  ]
  const en = [...chosen, ...(cluster.upgrade ? ['as an upgrade'] : [])].join(', ')
  const zh = [...chosen, ...(cluster.upgrade ? ['升级'] : [])].join('、')
  return error('CHART_UNRENDERED', where, {
    en: `helm cannot render this chart${en === '' ? '' : ` (${en})`}: ${reason}`,
    zh: `helm 无法渲染该 chart${zh === '' ? '' : `（${zh}）`}：${reason}`,
  })
}
