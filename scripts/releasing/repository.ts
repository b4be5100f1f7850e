/** Where CI runs, or where a clone comes from. */
export interface Origin {
  /** GitHub: `GITHUB_SERVER_URL`, `GITHUB_REPOSITORY`; GitLab: `CI_PROJECT_URL`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `git remote get-url origin`; undefined: the clone has none. */
  readonly remote: string | undefined
}

/**
 * npm takes a package with provenance only from the repository that its `repository` names
 * (https://docs.npmjs.com/generating-provenance-statements).
 * @param named `repository.url` of package.json
 * @returns what is wrong; undefined where both are the same
 */
export function repositoryProblem(named: string, { env, remote }: Origin): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, CI_PROJECT_URL } = env
  const github = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL ?? 'https://github.com'}/${GITHUB_REPOSITORY}`
  const actual = github || CI_PROJECT_URL || remote
  if (actual !== undefined && place(actual) === place(named)) return undefined
  const seen =
    actual === undefined
      ? 'this clone has no remote "origin"'
      : `this is ${place(actual)}, as far as CI or the remote "origin" tells`
  return `package.json names the repository ${place(named)}, but ${seen}: npm publish --provenance fails unless they are the same`
}

/** `github.com/owner/name`, whichever way the address is written. */
function place(url: string): string {
  return url
    .replace(/^git\+/, '')
    .replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/, '')
    .replace(/^[^@/]+@([^:/]+):/, '$1/')
    .replace(/\/$|(\.git)\/?$/, '')
    .toLowerCase()
}
