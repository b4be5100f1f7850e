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
 * @param settings by name, put in place of `{ $setting: NAME }`
 * @throws ANSWER_MISSING when the values ask for a setting that is not there
 */
export function valuesOf(chart: BundleChart, choice: Choice, settings: JsonObject): JsonObject {
  const merged = chart.variants
    .filter((variant) => applies(variant.when, choice))
    .reduce((values, variant) => mergeObjects(values, variant.values), chart.values)
  return fill(merged, settings, chart.name) as JsonObject
}

/** Objects are merged key by key, everything else is replaced, as Helm does with several values files. */
export function mergeObjects(below: JsonObject, above: JsonObject): JsonObject {
  const result = new Map(Object.entries(below))
  for (const [key, value] of Object.entries(above)) {
    const old = result.get(key)
    result.set(key, isObject(old) && isObject(value) ? mergeObjects(old, value) : value)
  }
  return Object.fromEntries(result)
}

/** The setting that a value stands for: `{ $setting: NAME }`, in older releases `{ $answer: NAME }`. */
export function settingIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined
  const { $setting, $answer } = value as { $setting?: unknown; $answer?: unknown }
  const name = $setting ?? $answer
  return typeof name === 'string' ? name : undefined
}

function fill(value: Json, settings: JsonObject, chart: string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => fill(item, settings, chart))
  if (!isObject(value)) return value
  const name = settingIn(value)
  if (name === undefined) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, settings, chart)]))
  }
  const setting = Object.hasOwn(settings, name) ? settings[name] : undefined
  if (setting !== undefined) return setting
  throw fail('ANSWER_MISSING', {
    what: {
      en: `the values of chart ${chart} use the setting "${name}"`,
      zh: `chart ${chart} 的 values 使用了安装参数 "${name}"`,
    },
    because: { en: 'the installation has no such setting', zh: '安装程序没有该参数' },
    fix: {
      en: `settings for charts: ${Object.keys(settings).sort().join(', ')}`,
      zh: `chart 可用的安装参数：${Object.keys(settings).sort().join('、')}`,
    },
  })
}

/** Neither a list nor a plain value. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
