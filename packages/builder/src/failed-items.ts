import { joinTexts, reasonText, same, type Text } from '@edgelift/core'
import { type Finding, FindingsError, findingLine, hasErrors } from './findings.ts'
import type { ItemFailure } from './item-runner.ts'

/**
 * The error for items that failed, and for what else was found. It has the code of the worst failure; one failure
 * alone speaks for itself.
 */
export function failedItems(
  failed: readonly ItemFailure[],
  options: {
    readonly subject: string
    /** What was not done because of them. */
    readonly outcome: Text
    readonly findings?: readonly Finding[]
  },
): FindingsError {
  const { subject, outcome, findings = [] } = options
  const failures = firstOfEach(failed)
  const worst = failures.reduce((a, b) => (b.error.exit > a.error.exit ? b : a)).error
  const all = [...findings, ...failures.map(findingOf)]
  if (failures.length === 1 && !hasErrors(findings)) {
    const { what, because, fix } = worst
    const failure = {
      what,
      ...(because === undefined ? {} : { because }),
      ...(fix === undefined ? {} : { fix }),
    }
    return new FindingsError(worst, failure, all)
  }
  const defects = findings.filter(({ severity }) => severity === 'error')
  const [more, moreZh] =
    defects.length === 0
      ? ['', '']
      : [`, other defects: ${defects.length}`, `，另有 ${defects.length} 处缺陷`]
  const [noun, count] = [failures.length === 1 ? 'image or file' : 'images or files', failures.length]
  const fixes = failures.flatMap(({ error }) => (error.fix === undefined ? [] : [error.fix]))
  const unique = [...new Map(fixes.map((fix) => [fix.en, fix])).values()]
  return new FindingsError(
    worst,
    {
      what: {
        en: `${subject}: ${count} ${noun} cannot be fetched${more}; ${outcome.en}`,
        zh: `${subject}：${count} 个镜像或文件无法获取${moreZh}；${outcome.zh}`,
      },
      because: joinTexts([...grouped(failures), ...defects.map(findingLine)], '\n'),
      ...(unique.length === 0 ? {} : { fix: joinTexts(unique, '\n') }),
    },
    all,
  )
}

/** An image whose blobs fail one after the other has failed once. */
function firstOfEach(failures: readonly ItemFailure[]): ItemFailure[] {
  return failures.filter(
    ({ item }, index) => failures.findIndex((one) => one.item.where === item.where) === index,
  )
}

function findingOf({ item, error }: ItemFailure): Finding {
  const { code, what, because, fix } = error
  return {
    ...{ severity: 'error', code, where: item.where, text: what },
    ...(because === undefined ? {} : { because }),
    ...(fix === undefined ? {} : { fix }),
  }
}

/** A host that cannot be used is explained once, above all that were to come from it. */
function grouped(failures: readonly ItemFailure[]): Text[] {
  const groups = new Map<string, ItemFailure[]>()
  for (const one of failures) {
    const { item, error, trouble } = one
    const key = trouble === undefined ? item.where : `${error.code} ${item.host} ${trouble.en}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first?.trouble === undefined || group.length === 1) return group.map(failureLine)
    const { error, item, trouble } = first
    const names = group
      .map((one) => one.item.where)
      .sort()
      .map((name) => `  ${name}`)
    return [
      {
        en: `[${error.code}] ${item.host}: ${trouble.en}; from it come`,
        zh: `[${error.code}] ${item.host}：${trouble.zh}；涉及`,
      },
      ...names.map((name) => ({ en: name, zh: name })),
    ]
  })
}

function failureLine({ item, error }: ItemFailure): Text {
  return joinTexts([same(`[${error.code}] ${item.where}`), reasonText(error)], ': ')
}
