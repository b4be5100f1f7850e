import { fail } from './codes.ts'
import type { BundleChart, Json, JsonObject } from './manifest.ts'
import type { When } from './requirer.ts'

/** What a node's installation has chosen and found: decides which charts and variants apply. */
export interface Choice {
  readonly options: ReadonlySet<string>
  readonly facts: ReadonlySet<string>
}

/** Whether a condition holds. What has none holds always. */
export function applies(when: When | undefined, choice: Choice): boolean {
  if (when === undefined) return true
  return 'option' in when ? choice.options.has(when.option) : choice.facts.has(when.fact)
}

/**
 * The values with which a chart is rendered at lock and installed on a node: the very same function on both
 * sides, so that what the closure gate has seen is what will run.
 * @param answers by name, put in place of `{ $answer: NAME }`
 * @throws ANSWER_MISSING when the values ask for an answer that is not there
 */
export function valuesOf(chart: BundleChart, choice: Choice, answers: JsonObject): JsonObject {
  const merged = chart.variants
    .filter((variant) => applies(variant.when, choice))
    .reduce((values, variant) => mergeObjects(values, variant.values), chart.values)
  return fill(merged, answers, chart.name) as JsonObject
}

/** Objects are merged key by key, everything else is replaced, as Helm does with several values files. */
export function mergeObjects(below: JsonObject, above: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const old = result[key]
    result[key] = isObject(old) && isObject(value) ? mergeObjects(old, value) : value
  }
  return result
}

function fill(value: Json, answers: JsonObject, chart: string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => fill(item, answers, chart))
  if (!isObject(value)) return value
  const name = value.$answer
  if (typeof name === 'string' && Object.keys(value).length === 1) {
    const answer = answers[name]
    if (answer !== undefined) return answer
    throw fail('ANSWER_MISSING', {
      what: {
        en: `the values of chart ${chart} ask for the answer "${name}"`,
        zh: `chart ${chart} 的 values 需要参数 "${name}"`,
      },
      because: { en: 'no such answer was given', zh: '没有设置该参数' },
      fix: {
        en: `answers are: ${Object.keys(answers).sort().join(', ')}`,
        zh: `可用的参数：${Object.keys(answers).sort().join('、')}`,
      },
    })
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, answers, chart)]))
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
