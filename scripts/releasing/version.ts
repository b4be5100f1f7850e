/** The newest entry of a changelog in the form of keepachangelog.com. */
export interface Newest {
  readonly version: string
  /** Undefined: it says "unreleased". */
  readonly date: string | undefined
}

/** @throws Error when there is no entry, or one with neither a date nor "unreleased" */
export function newestVersion(changelog: string): Newest {
  const [, version, state] = /^## (\d+\.\d+\.\d+) - (unreleased|\d{4}-\d{2}-\d{2})$/m.exec(changelog) ?? []
  if (version === undefined) throw new Error('CHANGELOG.md has no entry "## X.Y.Z - YYYY-MM-DD"')
  return { version, date: state === 'unreleased' ? undefined : state }
}
