import type { BundleChart, Choice, When } from '@edgelift/bundle'

// 2^6 renderings of one chart take seconds; with more conditions, only those that tell them apart are made.
const ALL_COMBINATIONS_UP_TO = 6

/**
 * The choices with which a chart can be installed, as far as they make a difference to it: its own condition holds,
 * every variant's condition holds or does not. All combinations of up to six conditions; of more, none, all, each one
 * alone and each one missing.
 */
export function choicesOf(chart: BundleChart): readonly Choice[] {
  const own = chart.when === undefined ? [] : [chart.when]
  const others = distinct(chart.variants.map(({ when }) => when)).filter(
    (when) => !own.some((one) => sameCondition(one, when)),
  )
  return subsets(others).map((subset) => choiceWith([...own, ...subset]))
}

/** `option mosquitto`, `fact iptables-nft` */
export function conditionKey(when: When): string {
  return 'option' in when ? `option ${when.option}` : `fact ${when.fact}`
}

/** The conditions of a chart's variants, each once. */
export function distinct(conditions: readonly When[]): When[] {
  return [...new Map(conditions.map((when) => [conditionKey(when), when])).values()]
}

function sameCondition(a: When | undefined, b: When | undefined): boolean {
  return (a === undefined ? '' : conditionKey(a)) === (b === undefined ? '' : conditionKey(b))
}

function subsets(conditions: readonly When[]): (readonly When[])[] {
  if (conditions.length <= ALL_COMBINATIONS_UP_TO) {
    return conditions.reduce<(readonly When[])[]>(
      (made, when) => made.flatMap((subset) => [subset, [...subset, when]]),
      [[]],
    )
  }
  return [
    [],
    conditions,
    ...conditions.map((when) => [when]),
    ...conditions.map((when) => conditions.filter((other) => other !== when)),
  ]
}

function choiceWith(conditions: readonly When[]): Choice {
  return {
    options: new Set(conditions.flatMap((when) => ('option' in when ? [when.option] : []))),
    facts: new Set(conditions.flatMap((when) => ('fact' in when ? [when.fact] : []))),
  }
}
