import type { Role } from '@edgelift/bundle'
import { fail } from '../problem/codes.ts'

const ROLE = { cloud: '云端', edge: '边缘' } as const

/** @param role that this machine was installed with @param command of that role's archive */
export function otherRole(role: Role, command: string): Error {
  return fail('ROLE_MISMATCH', {
    what: { en: `this machine was installed from the ${role} archive`, zh: `本机由${ROLE[role]}离线包安装` },
    fix: { en: `run ${command} of the ${role} archive`, zh: `请执行${ROLE[role]}离线包中的 ${command}` },
  })
}
