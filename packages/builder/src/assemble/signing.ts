import { variableInvalid } from '@edgelift/core'

/** Seconds since 1970. */
export interface SigningTime {
  /** What SOURCE_DATE_EPOCH says (reproducible-builds.org): stands in every signature, also inside of the archive. */
  readonly fixed?: number
  /** Stands in the signature beside the archive alone, so that the archive's bytes stay the same on any day. */
  readonly now: number
}

/**
 * When a build is signed. An empty value counts as none; one that is no time ends it, as the specification of SOURCE_DATE_EPOCH asks for: who sets it
 * counts on the same bytes tomorrow.
 * @throws ENVIRONMENT_INVALID
 */
export function signingTime(env: Readonly<Record<string, string | undefined>>, now: number): SigningTime {
  const value = env.SOURCE_DATE_EPOCH
  const seconds = Math.floor(now / 1000)
  if (!value) return { now: seconds }
  if (!/^\d{1,12}$/.test(value) || Number(value) > LATEST) throw notATime(value)
  return { fixed: Number(value), now: seconds }
}

const LATEST = 253_402_300_799 // the end of the year 9999

function notATime(value: string): Error {
  return variableInvalid(
    { name: 'SOURCE_DATE_EPOCH', value },
    { en: 'it is a whole number of seconds since 1970', zh: '应为自 1970 年起的整数秒数' },
    {
      en: 'set it to such a number, as git log -1 --format=%ct prints one, or unset it',
      zh: '请设为整数秒数（例如 git log -1 --format=%ct 的输出），或取消该变量',
    },
  )
}

/** A trusted comment, which `minisign -V` prints: what was signed, of which release, and when. */
export function commentOf(
  name: string,
  release: { readonly name: string; readonly version: string },
  seconds: number | undefined,
): string {
  const time = seconds === undefined ? '' : ` timestamp:${seconds}`
  return `${name} release:${release.name}-${release.version}${time}`
}
