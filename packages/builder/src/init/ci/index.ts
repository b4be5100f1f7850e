import type { Lang } from '@edgelift/core'
import { githubFile } from './github.ts'
import { gitlabFile } from './gitlab.ts'
import { jenkinsFile } from './jenkins.ts'
import type { CiSystem } from './systems.ts'

const FILES = {
  gitlab: { path: '.gitlab-ci.yml', text: gitlabFile },
  github: { path: '.github/workflows/edgelift.yml', text: githubFile },
  jenkins: { path: 'Jenkinsfile', text: jenkinsFile },
} as const satisfies Record<CiSystem, object>

/**
 * The file that makes a CI system lint, lock, build, sign, verify and publish a release.
 * @param release the release's file, at the top of the repository
 */
export function ciFile(
  system: CiSystem,
  release: string,
  lang: Lang,
): { readonly path: string; readonly text: string } {
  const { path, text } = FILES[system]
  return { path, text: text(release, lang) }
}
