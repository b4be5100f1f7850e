import { joinTexts, type Report, same, type Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import type { ArchivePlan } from '../plan/archive-plan.ts'
import type { OlderArchives } from './older.ts'

export interface WithOlderOptions {
  readonly since: OlderArchives
  readonly onlyDelta?: boolean
  readonly report: Report
}

/**
 * The plans of archives that have an older one. Those that have none are named, and a release of another name, with which
 * a delta carries more than it has to.
 * @throws OLDER_ARCHIVE_MISSING when no archive has an older one and nothing but deltas is wanted
 */
export function withOlder(
  plans: readonly ArchivePlan[],
  { since, onlyDelta = false, report }: WithOlderOptions,
): readonly ArchivePlan[] {
  const has = plans.filter(({ role, platform }) => since.find(role, platform) !== undefined)
  const left = plans.filter((plan) => !has.includes(plan))
  const names = joinTexts(
    left.map(({ role, platform }) => same(`${role} ${platform}`)),
    ', ',
  )
  if (has.length === 0 && onlyDelta) throw nothingOlder(names, since)
  const warn = (text: Text): void => report({ type: 'note', level: 'warning', text })
  if (left.length > 0) {
    warn({
      en: `no delta for ${names.en}: --since is ${nameOf(since)}; the older .lock.json covers all`,
      zh: `${names.zh} 没有增量包：--since 是 ${nameOf(since)}；旧的 .lock.json 涵盖全部`,
    })
  }
  const [release] = plans.map((plan) => plan.release.name)
  if (release !== since.release.name) {
    warn({
      en: `--since is of the release ${since.release.name}, not of ${release}: a delta from an older archive, manifest.json or .lock.json of ${release} may be smaller`,
      zh: `--since 属于发布 ${since.release.name}，而不是 ${release}：改用 ${release} 的旧离线包、manifest.json 或 .lock.json，增量包可能更小`,
    })
  }
  return has
}

function nothingOlder(names: Text, since: OlderArchives): Error {
  return fail('OLDER_ARCHIVE_MISSING', {
    what: { en: `there is no older archive for ${names.en}`, zh: `${names.zh} 没有对应的旧离线包` },
    because: { en: `--since is ${nameOf(since)}`, zh: `--since 是 ${nameOf(since)}` },
    fix: {
      en: 'choose its --role and --platform, or give --since another archive, its manifest.json, or the older .lock.json, which covers all',
      zh: '请选择与其相同的 --role 和 --platform，或用 --since 指定其他离线包、其 manifest.json，或涵盖全部的旧 .lock.json',
    },
  })
}

function nameOf({ release, only }: OlderArchives): string {
  const name = `${release.name} ${release.version}`
  return only === undefined ? name : `${name} ${only.role} ${only.platform}`
}
