import type { ArchivePlan } from './archive-plan.ts'

/** `images.txt`: one reference a line, as containerd must know it. */
export function imageListFile(plan: ArchivePlan): string {
  return plan.images.map((image) => `${image.reference}\n`).join('')
}

/** `meta/version.txt`: `name=version` lines that a shell can read. */
export function versionFile(plan: ArchivePlan): string {
  const lines: [string, string][] = [
    ['archive', plan.name],
    ['role', plan.role],
    ['platform', plan.platform],
    ['release', `${plan.release.name}-${plan.release.version}`],
    ...Object.entries(plan.versions).sort(([a], [b]) => (a < b ? -1 : 1)),
    ['lock', plan.lock],
  ]
  return lines.map(([name, value]) => `${name}=${value}\n`).join('')
}
