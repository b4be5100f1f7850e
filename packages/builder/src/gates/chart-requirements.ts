import type { BundleChart, Choice, PlatformName, When } from '@edgelift/bundle'
import type { Digest } from '@edgelift/core'
import { formatReference, parseReference } from '@edgelift/oci'
import { error, type Finding } from '../findings.ts'
import { choicesOf, conditionKey, distinct } from './choices.ts'
import { readObjects } from './kubernetes-yaml.ts'
import { rolesOfPod } from './pod-roles.ts'
import { podsIn } from './pods.ts'
import type { Renderer } from './render.ts'
import type { ImageRequirement } from './requirement.ts'

export interface ChartRequirements {
  readonly requirements: readonly ImageRequirement[]
  readonly findings: readonly Finding[]
}

/** What the pods of a chart ask for, in every choice in which it can be installed. */
export async function chartRequirements(
  chart: BundleChart,
  packed: Digest,
  options: { readonly renderer: Renderer; readonly platform: PlatformName; readonly id: string },
): Promise<ChartRequirements> {
  const { renderer, platform, id } = options
  const findings: Finding[] = []
  const choices = choicesOf(chart)
  const seen = new Map<string, { requirement: ImageRequirement; choices: Set<Choice> }>()
  const texts = await Promise.all(
    choices.map(async (choice) => ({ choice, rendered: await renderer.render(chart, packed, choice) })),
  )
  for (const { choice, rendered } of texts) {
    if ('reason' in rendered) {
      findings.push(unrendered(id, choice, rendered.reason))
      continue
    }
    const found = requirementsIn(rendered.text, { requirer: `chart ${chart.name}`, where: id, platform })
    findings.push(...found.findings)
    for (const requirement of found.requirements) {
      const key = `${requirement.role} ${requirement.reference} ${requirement.requirer}`
      const entry = seen.get(key) ?? { requirement, choices: new Set() }
      entry.choices.add(choice)
      seen.set(key, entry)
    }
  }
  const requirements = [...seen.values()].map(({ requirement, choices: held }) => {
    const when = conditionOf(chart, { held, all: choices })
    return when === undefined ? requirement : { ...requirement, when }
  })
  return { requirements, findings }
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

/** The images that the pods in a text of Kubernetes objects ask for, for each role where they can run. */
export function requirementsIn(
  text: string,
  options: {
    readonly requirer: string
    readonly where: string
    readonly platform: PlatformName
    readonly when?: When
  },
): ChartRequirements {
  const { requirer, where, platform, when } = options
  const objects = readObjects(text)
  if ('reason' in objects) {
    return {
      requirements: [],
      findings: [
        error('CHART_UNRENDERED', where, {
          en: `${requirer} holds what is not YAML: ${objects.reason}`,
          zh: `${requirer} 含有无效的 YAML：${objects.reason}`,
        }),
      ],
    }
  }
  const findings: Finding[] = []
  const requirements = podsIn(objects).flatMap((pod) =>
    pod.images.flatMap((image) => {
      const reference = canonical(image)
      if (reference === undefined || /:latest$|@/.test(reference)) {
        findings.push(unusable(where, `${requirer} (${pod.owner})`, image))
        return []
      }
      return rolesOfPod(pod.scheduling, platform).map((role) => ({
        reference,
        role,
        requirer: `${requirer} (${pod.owner})`,
        ...(when === undefined ? {} : { when }),
      }))
    }),
  )
  return { requirements, findings }
}

function canonical(image: string): string | undefined {
  try {
    return formatReference(parseReference(image))
  } catch {
    return undefined // the finding names it
  }
}

function holds(when: When, choice: Choice): boolean {
  return 'option' in when ? choice.options.has(when.option) : choice.facts.has(when.fact)
}

function unusable(where: string, requirer: string, image: string): Finding {
  return error('REFERENCE', where, {
    en: `${requirer} asks for "${image}": an archive can only hold images with a fixed tag; set one in the values`,
    zh: `${requirer} 需要 "${image}"：归档只能包含固定标签的镜像；请在 values 中设置`,
  })
}

function unrendered(where: string, choice: Choice, reason: string): Finding {
  const chosen = [
    ...[...choice.options].map((option) => conditionKey({ option })),
    ...[...choice.facts].map((fact) => conditionKey({ fact })),
  ].join(', ')
  return error('CHART_UNRENDERED', where, {
    en: `helm cannot render it${chosen === '' ? '' : ` with ${chosen}`}: ${reason}`,
    zh: `helm 无法渲染${chosen === '' ? '' : `（${chosen}）`}：${reason}`,
  })
}
