import { joinTexts, type Report, same } from '@edgelift/core'
import { fail } from '../codes.ts'
import type { ArchivePlan } from '../plan/archive-plan.ts'
import type { OlderArchives } from './older.ts'

/**
 * The plans of archives that have an older one; all of them where nothing says which have. Those that are left out are named.
 * @throws OLDER_ARCHIVE_MISSING when no archive has an older one
 */
export function withOlder(
  plans: readonly ArchivePlan[],
  { since, report }: { readonly since?: OlderArchives; readonly report: Report },
): readonly ArchivePlan[] {
  const hasOlder = ({ role, platform }: ArchivePlan) => since?.(role, platform) !== undefined
  const left = plans.filter((plan) => !hasOlder(plan))
  if (left.length === 0) return plans
  const names = joinTexts(
    left.map(({ role, platform }) => same(`${role} ${platform}`)),
    ', ',
  )
  if (left.length < plans.length) {
    report({
      type: 'note',
      level: 'warning',
      text: {
        en: `no delta for ${names.en}: --since is of another archive`,
        zh: `${names.zh} 没有增量包：--since 是另一个离线包`,
      },
    })
    return plans.filter(hasOlder)
  }
  throw fail('OLDER_ARCHIVE_MISSING', {
    what: { en: `there is no older archive for ${names.en}`, zh: `${names.zh} 没有对应的旧离线包` },
    because: {
      en: '--since is an archive of another role or platform',
      zh: '--since 是其他角色或平台的离线包',
    },
    fix: {
      en: 'choose --role and --platform of the older archive, or give its .lock.json, which covers all',
      zh: '请选择与旧离线包相同的 --role 和 --platform，或改用涵盖全部的 .lock.json',
    },
  })
}
