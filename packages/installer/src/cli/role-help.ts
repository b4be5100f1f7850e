import type { Role } from '@edgelift/bundle'
import type { OptionSpec } from '@edgelift/core/cli'

/**
 * An option that only some roles take. The help of an archive of another role hides it; typed there, the option still
 * gets the error that names its role. Help for both roles at once marks it.
 */
export function ofRole(role: Role | undefined, roles: readonly Role[], option: OptionSpec): OptionSpec {
  if (role !== undefined) return roles.includes(role) ? option : { ...option, hidden: true }
  const [only, other] = roles
  if (only === undefined || other !== undefined) return option
  const { en, zh } = option.describe
  return { ...option, describe: { en: `(${only}) ${en}`, zh: `（${ZH[only]}）${zh}` } }
}

const ZH = { cloud: '云端', edge: '边缘' } as const
