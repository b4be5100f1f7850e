import { stat } from 'node:fs/promises'
import { SETTINGS, variableOf } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'

/** Variables of this program that are no settings. */
const OTHERS = [
  'EDGELIFT_DIRECTORY',
  'EDGELIFT_LANG',
  'EDGELIFT_LAUNCHER',
  'EDGELIFT_ALLOW_PLACEHOLDERS',
  'EDGELIFT_ALLOW_STAND_INS',
  'EDGELIFT_CONFIG',
  'EDGELIFT_STORE',
]

/** Names of variables that look like settings and that nobody reads: most likely mistyped. */
export function strangeVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set([...OTHERS, ...SETTINGS.map(({ name }) => variableOf(name))])
  return Object.keys(env)
    .filter((name) => name.startsWith('EDGELIFT_') && !known.has(name))
    .sort()
}

/** Whether others than root, or who runs this, may read a file or own it; false where there is none. */
export async function isOpenToOthers(file: string): Promise<boolean> {
  try {
    const { mode, uid } = await stat(file)
    return (mode & 0o077) !== 0 || (uid !== 0 && uid !== process.getuid?.())
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false
    throw error
  }
}
