/** Whether a path begins with a `~` that no shell has replaced by the home folder: a folder of that name would come of it. */
export function isUnexpanded(path: string): boolean {
  return path === '~' || path.startsWith('~/')
}
