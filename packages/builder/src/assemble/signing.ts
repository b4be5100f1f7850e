/** Seconds since 1970. */
export interface SigningTime {
  /** What SOURCE_DATE_EPOCH says (reproducible-builds.org): stands in every signature, also inside of the archive. */
  readonly fixed?: number
  /** Stands in the signature beside the archive alone, so that the archive's bytes stay the same on any day. */
  readonly now: number
}

export function signingTime(env: Readonly<Record<string, string | undefined>>, now: number): SigningTime {
  const epoch = env.SOURCE_DATE_EPOCH
  const seconds = Math.floor(now / 1000)
  return epoch !== undefined && /^\d{1,12}$/.test(epoch)
    ? { fixed: Number(epoch), now: seconds }
    : { now: seconds }
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
